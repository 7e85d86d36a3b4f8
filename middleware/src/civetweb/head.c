/* CivetWeb adapter: reading and changing the head of a response (RFC 9112, sections 2 to 5) in the
 * buffer that it is held in, each byte once, in whatever pieces it comes. */
#include "civetweb/head.h"

#include "core/ascii.h"
#include "core/word.h"

#include <string.h>

/* Whether eight bytes are those of word, which is in lower case. Letters alone have bit 0x40 among
 * what words hold, and so only they match in both cases. */
static inline bool same_8(const char *text, const char *word)
{
    uint64_t wanted = trl_load_8(word);
    uint64_t cases = (wanted & (TRL_WORD_ONES * 0x40)) >> 1;

    return (trl_load_8(text) | cases) == wanted;
}

/* Of a word of at least eight letters and dashes that is known when this is compiled: some
 * instructions, where a call for each field would be a tenth of a short response's cost. */
static inline __attribute__((always_inline)) bool begins(const char *text, const char *word,
                                                         size_t size)
{
    for (size_t i = 0; i + 8 < size; i += 8) {
        if (!same_8(text + i, word + i)) {
            return false;
        }
    }
    return same_8(text + size - 8, word + size - 8);
}
#define BEGINS(text, size, word)                                                                   \
    ((size) >= sizeof(word) - 1 && begins(text, word, sizeof(word) - 1))
#define SAME_WORD(text, size, word)                                                                \
    ((size) == sizeof(word) - 1 && begins(text, word, sizeof(word) - 1))

/* Whether a comma-separated list ends in word: the last transfer coding decides (RFC 9112, 6.3). */
static bool ends_in(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);

    return size >= length && trl_strncasecmp(text + size - length, word, length) == 0;
}

static void note_length(struct trl_response *response, const char *text, size_t size)
{
    uint64_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || length > UINT64_MAX / 100) {
            return;
        }
        length = length * 10 + (unsigned)(text[i] - '0');
    }
    response->has_length = size > 0;
    response->length = length;
}

bool trl_head_note(struct trl_response *response, const char *name, size_t name_size,
                   const char *value, size_t value_size)
{
    char first;

    if (name_size == 0) {
        return true;
    }
    first = (char)(name[0] | 0x20);
    if (name_size == response->id_name_size && first == (response->id_name[0] | 0x20) &&
        trl_strncasecmp(name, response->id_name, name_size) == 0) {
        return false;
    }
    switch (first) {
    case 'c':
        if (SAME_WORD(name, name_size, "content-length")) {
            note_length(response, value, value_size);
        } else if (SAME_WORD(name, name_size, "content-type")) {
            response->event_stream = BEGINS(value, value_size, "text/event-stream");
        } else if (SAME_WORD(name, name_size, "connection")) {
            response->has_connection = true;
        }
        break;
    case 'd':
        response->has_date =
            response->has_date || (name_size == 4 && trl_strncasecmp(name, "date", 4) == 0);
        break;
    case 't':
        if (SAME_WORD(name, name_size, "transfer-encoding")) {
            response->chunked = ends_in(value, value_size, "chunked");
        }
        break;
    default:
        break;
    }
    return true;
}

void trl_head_forget(struct trl_response *response)
{
    response->status = 0;
    response->head_end = 0;
    response->has_length = false;
    response->length = 0;
    response->chunked = false;
    response->event_stream = false;
    response->dropping = false;
}

/* `HTTP/1.1 200` and what follows; false if it is none (RFC 9112, section 4). */
static bool read_status_line(struct trl_response *response, const char *line, size_t size)
{
    const char *code = line + 9;

    if (size < 12 || memcmp(line, "HTTP/", 5) != 0 || line[6] != '.' || line[8] != ' ' ||
        (size > 12 && line[12] != ' ')) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (code[i] < '0' || code[i] > '9') {
            return false;
        }
    }
    response->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    return response->status >= 100;
}

/* Whether a field line may be of interest, by its first letter; of those with a c, Content-Length
 * and Content-Type are, Connection and Cache-Control are not. */
static bool may_matter(const struct trl_response *response, const char *line, size_t size)
{
    char first = (char)(line[0] | 0x20);

    return first == 't' || first == (response->id_name[0] | 0x20) ||
           (first == 'c' && size > 3 && (line[3] | 0x20) == 't');
}

/* Of one field line, without its line end. False: it is to be left out. */
static bool read_field_line(struct trl_response *response, const char *line, size_t size)
{
    const char *colon;
    const char *value;
    size_t name_size;
    size_t value_size;

    if (line[0] == ' ' || line[0] == '\t') {
        return !response->dropping; /* a folded line belongs to the one before */
    }
    if (!may_matter(response, line, size)) {
        return true;
    }
    colon = memchr(line, ':', size);
    if (colon == NULL) {
        return true;
    }
    name_size = (size_t)(colon - line);
    while (name_size > 0 && line[name_size - 1] == ' ') {
        name_size--;
    }
    value = colon + 1;
    value_size = size - (size_t)(value - line);
    while (value_size > 0 && (value[0] == ' ' || value[0] == '\t')) {
        value++;
        value_size--;
    }
    while (value_size > 0 && (value[value_size - 1] == ' ' || value[value_size - 1] == '\t')) {
        value_size--;
    }
    return trl_head_note(response, line, name_size, value, value_size);
}

static void remove_line(struct trl_response *response, size_t line_end)
{
    memmove(response->buffer + response->line, response->buffer + line_end,
            response->end - line_end);
    response->end -= line_end - response->line;
}

/* Whether the bytes so far can still become a status line. */
static bool may_be_status_line(const struct trl_response *response)
{
    static const char prefix[] = "HTTP/";
    size_t size = response->end - response->start;

    return memcmp(response->buffer + response->start, prefix,
                  size < sizeof(prefix) - 1 ? size : sizeof(prefix) - 1) == 0;
}

/* The line at response->line, which ends before line_end. */
static enum trl_head_result take_line(struct trl_response *response, size_t line_end)
{
    const char *line = response->buffer + response->line;
    size_t size = line_end - response->line - 1;

    if (size > 0 && line[size - 1] == '\r') {
        size--;
    }
    if (response->line == response->start) {
        response->line = line_end;
        response->status_end = line_end;
        return read_status_line(response, line, size) ? TRL_HEAD_MORE : TRL_HEAD_NONE;
    }
    if (size == 0) {
        response->head_end = line_end;
        return response->status < 200 && response->status != 101 ? TRL_HEAD_INTERIM
                                                                 : TRL_HEAD_FINAL;
    }
    response->dropping = !read_field_line(response, line, size);
    if (response->dropping) {
        remove_line(response, line_end);
    } else {
        response->line = line_end;
    }
    return TRL_HEAD_MORE;
}

enum trl_head_result trl_head_scan(struct trl_response *response)
{
    enum trl_head_result result = TRL_HEAD_MORE;

    if (response->line == response->start && !may_be_status_line(response)) {
        return TRL_HEAD_NONE;
    }
    while (result == TRL_HEAD_MORE) {
        const char *newline =
            memchr(response->buffer + response->seen, '\n', response->end - response->seen);
        if (newline == NULL) {
            response->seen = response->end;
            break;
        }
        result = take_line(response, (size_t)(newline - response->buffer) + 1);
        response->seen = response->line;
    }
    return result;
}

void trl_head_insert_id(struct trl_response *response)
{
    size_t field_size = response->id_name_size + 2 + response->id_size + 2;
    size_t line_size = response->status_end - response->start;
    char *field;

    if (response->id_size == 0 || field_size > response->start) {
        return;
    }
    response->start -= field_size;
    memmove(response->buffer + response->start, response->buffer + response->start + field_size,
            line_size);
    field = response->buffer + response->start + line_size;
    memcpy(field, response->id_name, response->id_name_size);
    field += response->id_name_size;
    *field++ = ':';
    *field++ = ' ';
    memcpy(field, response->id, response->id_size);
    field += response->id_size;
    *field++ = '\r';
    *field = '\n';
}
