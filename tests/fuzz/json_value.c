/* JSON written anew: what is taken is valid, of bounded depth, and stays as it is when it is
 * written anew again. */
#include "fuzz.h"

#include "core/json.h"
#include "core/json_read.h"

#include <string.h>

enum { OUT_SIZE = 4096 };

static void check_valid(const char *text, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span;
    enum trl_json_token token;

    trl_json_lexer_init(&lexer, text, size);
    do {
        token = trl_json_next(&lexer, &span);
        FUZZ_CHECK(token != TRL_JSON_ERROR && lexer.depth <= TRL_JSON_DEPTH_MAX);
    } while (token != TRL_JSON_END);
}

static size_t rewrite(const char *text, size_t size, char *out, size_t capacity, bool *ret_cut)
{
    struct trl_json json;

    trl_json_init(&json, out, capacity);
    enum trl_json_outcome outcome = trl_json_value(&json, text, size, NULL);
    FUZZ_CHECK(json.at <= out + capacity);
    FUZZ_CHECK((outcome == TRL_JSON_WRITTEN) == (json.at > out));
    *ret_cut = json.truncated;
    return (size_t)(json.at - out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[OUT_SIZE];
    static char twice[OUT_SIZE];
    bool cut;

    for (size_t capacity = 64; capacity <= OUT_SIZE; capacity *= 4) {
        size_t used = rewrite((const char *)data, size, once, capacity, &cut);
        if (used > 0) {
            check_valid(once, used);
        }
        if (used > 0 && !cut && capacity == OUT_SIZE) {
            FUZZ_CHECK(rewrite(once, used, twice, capacity, &cut) == used);
            FUZZ_CHECK(memcmp(once, twice, used) == 0);
        }
    }
    return 0;
}
