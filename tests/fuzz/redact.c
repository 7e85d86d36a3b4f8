/* The redactor: parts come in order, lie inside the text, and what replaces them keeps its bound.
 */
#include "fuzz.h"

#include "log/redact.h"
#include "log/secret.h"

#include <string.h>

static void check_parts(const char *text, size_t size)
{
    struct trl_secrets secrets;
    struct trl_part part;
    size_t last = 0;

    if (!trl_secrets_begin(&secrets, text, size)) {
        return;
    }
    while (trl_secrets_next(&secrets, &part)) {
        FUZZ_CHECK(part.begin >= last && part.end > part.begin && part.end <= size);
        last = part.end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t capacity = trl_redact_bound(size) + sizeof(TRL_REDACTED);
    char *out = malloc(capacity);
    struct trl_redact_stream stream = {.in_pem = false};
    size_t whole = 0;

    FUZZ_CHECK(out != NULL);
    check_parts(text, size);
    if (trl_redact_text(text, size, out, capacity, &whole)) {
        FUZZ_CHECK(whole <= capacity);
    }
    FUZZ_CHECK(trl_redact_chunk(&stream, text, size, out, capacity) <= capacity);
    FUZZ_CHECK(trl_redact_query(text, size, out, capacity) <= capacity + size);
    (void)trl_redact_classify(text, size);
    free(out);
    return 0;
}
