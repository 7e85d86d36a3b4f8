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

/* As the command does: line by line. */
static void check_stream(const char *text, size_t size, char *out)
{
    struct trl_redact_stream stream = {0};
    const char *end = text + size;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((newline != NULL ? newline + 1 : end) - text);
        size_t bound = trl_redact_bound(line);
        FUZZ_CHECK(trl_redact_chunk(&stream, text, line, out, bound) <= bound);
        text += line;
    }
}

static void check(const char *text, size_t size)
{
    size_t capacity = trl_redact_bound(size) + sizeof(TRL_REDACTED);
    char *out = malloc(capacity);
    size_t whole = 0;

    FUZZ_CHECK(out != NULL);
    check_parts(text, size);
    if (trl_redact_text(text, size, out, capacity, &whole)) {
        FUZZ_CHECK(whole <= capacity);
    }
    check_stream(text, size, out);
    FUZZ_CHECK(trl_redact_query(text, size, out, capacity) <= capacity + size);
    (void)trl_redact_classify(text, size);
    free(out);
}

/* With the built-in keys alone, and with some of other scripts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUZZ_CHECK(trl_redact_configure(NULL, NULL) == TRAIL_OK);
    check((const char *)data, size);
    FUZZ_CHECK(trl_redact_configure("\xC3\xB1,men\xC3\xBC,\xE5\xAF\x86", "\xC3\xB1pin") ==
               TRAIL_OK);
    check((const char *)data, size);
    return 0;
}
