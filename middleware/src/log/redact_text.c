/* Log: texts with their secrets replaced. */
#include "core/counters.h"
#include "log/buffer.h"
#include "log/redact.h"
#include "log/secret.h"

#include <stdint.h>

static const char pem_begin[] = "-----BEGIN ";
static const char pem_end[] = "-----END ";

size_t trl_redact_bound(size_t size)
{
    return size <= SIZE_MAX / 4 ? 4 * size : SIZE_MAX;
}

bool trl_redact_text(const char *text, size_t size, char *out, size_t capacity, size_t *ret_size)
{
    struct trl_buffer buffer = {out, capacity, 0};
    struct trl_secrets secrets;
    struct trl_part part;
    size_t copied = 0;

    if (!trl_secrets_begin(&secrets, text, size) || !trl_secrets_next(&secrets, &part)) {
        return false;
    }
    do {
        trl_buffer_put(&buffer, text + copied, part.begin - copied);
        trl_buffer_put(&buffer, TRL_REDACTED, sizeof(TRL_REDACTED) - 1);
        trl_count(TRL_COUNT_REDACTED);
        copied = part.end;
    } while (trl_secrets_next(&secrets, &part));
    trl_buffer_put(&buffer, text + copied, size - copied);
    *ret_size = buffer.size;
    return true;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* After the end of a PEM block that began in an earlier chunk; size if it ends in none of this. */
static size_t after_pem(const char *text, size_t size)
{
    const char *end = memmem(text, size, pem_end, sizeof(pem_end) - 1);

    if (end == NULL) {
        return size;
    }
    size_t label = (size_t)(end - text) + sizeof(pem_end) - 1;
    const char *dashes = memmem(text + label, size - label, "-----", 5);
    return dashes != NULL ? (size_t)(dashes - text) + 5 : size;
}

/* Whether the last PEM block that begins here does not end. */
static bool leaves_pem_open(const char *text, size_t size)
{
    const char *begin = NULL;
    const char *end = text + size;

    for (const char *at = text; at < end; at = begin + 1) {
        const char *next = memmem(at, (size_t)(end - at), pem_begin, sizeof(pem_begin) - 1);
        if (next == NULL) {
            break;
        }
        begin = next;
    }
    return begin != NULL &&
           memmem(begin, (size_t)(end - begin), pem_end, sizeof(pem_end) - 1) == NULL;
}

size_t trl_redact_chunk(struct trl_redact_stream *stream, const char *text, size_t size, char *out,
                        size_t capacity)
{
    size_t skipped = stream->in_pem ? after_pem(text, size) : 0;
    size_t used;

    text += skipped;
    size -= skipped;
    if (stream->in_pem && size == 0 && skipped > 0) {
        return 0;
    }
    stream->in_pem = leaves_pem_open(text, size);
    if (!trl_redact_text(text, size, out, capacity, &used)) {
        used = min_size(size, capacity);
        memcpy(out, text, used);
    }
    return min_size(used, capacity);
}
