/* Log: texts with their secrets replaced. */
#include "core/counters.h"
#include "log/buffer.h"
#include "log/redact.h"
#include "log/secret.h"

#include <stdint.h>
#include <string.h>

size_t trl_redact_bound(size_t size)
{
    return size <= SIZE_MAX / 4 ? 4 * size : SIZE_MAX;
}

bool trl_redact_text(const char *text, size_t size, char *out, size_t capacity, size_t *ret_size)
{
    static const char quoted[] = "\"" TRL_REDACTED "\"";
    struct trl_buffer buffer = {out, capacity, 0};
    struct trl_secrets secrets;
    struct trl_part part;
    size_t copied = 0;

    if (!trl_secrets_begin(&secrets, text, size) || !trl_secrets_next(&secrets, &part)) {
        return false;
    }
    do {
        trl_buffer_put(&buffer, text + copied, part.begin - copied);
        trl_buffer_put(&buffer, &quoted[part.json ? 0 : 1],
                       sizeof(TRL_REDACTED) - 1 + (part.json ? 2 : 0));
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

/* Of a sensitive key's JSON value that begins with the last character of this: how many brackets
 * are open. Elsewhere in a line an open bracket is rather a line that was cut. */
static size_t open_brackets(const char *text, size_t size)
{
    struct trl_secrets secrets;
    struct trl_part part = {.json = false};
    size_t end = size;

    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == ' ')) {
        end--;
    }
    if (end == 0 || (text[end - 1] != '{' && text[end - 1] != '[') ||
        !trl_secrets_begin(&secrets, text, size)) {
        return 0;
    }
    while (trl_secrets_next(&secrets, &part)) {}
    return part.json && part.end == size && part.begin + 1 == end ? 1 : 0;
}

size_t trl_redact_chunk(struct trl_redact_stream *stream, const char *text, size_t size, char *out,
                        size_t capacity)
{
    size_t skipped = 0;
    size_t used;

    if (stream->depth > 0) {
        skipped = trl_secret_nested_end(text, size, 0, &stream->depth);
        if (stream->depth > 0) {
            return 0;
        }
    } else if (stream->block != 0) {
        skipped = trl_secret_block_end(text, size, stream->block);
        if (skipped == 0) {
            return 0;
        }
    }
    text += skipped;
    size -= skipped;
    stream->block = trl_secret_open_block(text, size);
    stream->depth = stream->block != 0 ? 0 : open_brackets(text, size);
    /* A secret that ends with its line leaves the line its end. */
    bool whole = stream->block == 0 && stream->depth == 0;
    size_t newline = whole && size > 0 && text[size - 1] == '\n' ? 1 : 0;
    if (!trl_redact_text(text, size - newline, out, capacity, &used)) {
        used = min_size(size - newline, capacity);
        memcpy(out, text, used);
    }
    used = min_size(used, capacity - newline);
    memcpy(out + used, "\n", newline);
    return used + newline;
}
