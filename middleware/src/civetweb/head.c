/* CivetWeb adapter: reading and changing the head of a response (RFC 9112, sections 2 to 5) in the
 * buffer that it is held in, each byte once, in whatever pieces it comes. */
#include "civetweb/head.h"

#include "core/ascii.h"
#include "core/block.h"
#include "core/likely.h"
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

/* Of a word of at least eight bytes that is known when this is compiled: some
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
    ((size) >= sizeof(word) - 1 && begins((text), (word), sizeof(word) - 1))

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The value of a field whose name ends at `at`, without blanks in front of it; NULL: no colon
 * follows, so that the name is another. */
static inline const char *behind_colon(const char *at, const char *end)
{
    while (TRL_UNLIKELY(at < end && *at == ' ')) {
        at++;
    }
    if (TRL_UNLIKELY(at == end || *at != ':')) {
        return NULL;
    }
    do {
        at++;
    } while (at < end && is_blank(*at));
    return at;
}
#define VALUE_OF(line, end, name)                                                                  \
    (BEGINS((line), (size_t)((end) - (line)), name)                                                \
         ? behind_colon((line) + sizeof(name) - 1, (end))                                          \
         : NULL)

static inline void note_length(struct trl_response *response, const char *at, const char *end)
{
    bool has_digits = at < end && trl_is_digit(*at);
    uint64_t length = 0;

    for (; at < end && trl_is_digit(*at); at++) {
        if (TRL_UNLIKELY(length > UINT64_MAX / 100)) {
            return;
        }
        length = length * 10 + (unsigned)(*at - '0');
    }
    while (TRL_UNLIKELY(at < end && is_blank(*at))) {
        at++;
    }
    if (TRL_LIKELY(at == end)) {
        response->has_length = has_digits;
        response->length = length;
    }
}

/* The last transfer coding decides (RFC 9112, 6.3). */
static void note_coding(struct trl_response *response, const char *at, const char *end)
{
    static const char chunked[] = "chunked";
    size_t size = sizeof(chunked) - 1;

    while (end > at && is_blank(end[-1])) {
        end--;
    }
    response->chunked =
        (size_t)(end - at) >= size && trl_strncasecmp(end - size, chunked, size) == 0;
}

static inline bool is_id(const struct trl_response *response, const char *line, const char *end)
{
    return ((line[0] ^ response->id_name[0]) & ~0x20) == 0 &&
           (size_t)(end - line) > response->id_name_size &&
           trl_strncasecmp(line, response->id_name, response->id_name_size) == 0 &&
           behind_colon(line + response->id_name_size, end) != NULL;
}

/* trl_head_note(), inline for the lines of a head. */
static inline __attribute__((always_inline)) bool note(struct trl_response *response,
                                                       const char *line, const char *end)
{
    const char *value;

    if (TRL_UNLIKELY(is_id(response, line, end))) {
        return false;
    }
    switch (line[0] | 0x20) {
    case 'c':
        if ((value = VALUE_OF(line, end, "content-length")) != NULL) {
            note_length(response, value, end);
        } else if ((value = VALUE_OF(line, end, "content-type")) != NULL) {
            response->event_stream = BEGINS(value, (size_t)(end - value), "text/event-stream");
        }
        break;
    case 't':
        if ((value = VALUE_OF(line, end, "transfer-encoding")) != NULL) {
            note_coding(response, value, end);
        }
        break;
    default:
        break;
    }
    return true;
}

bool trl_head_note(struct trl_response *response, const char *line, size_t size)
{
    return note(response, line, line + size);
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

/* `HTTP/1.1 200` and what follows; false if it is none (RFC 9112, section 4). */
static bool take_status_line(struct trl_response *response, const char *newline)
{
    const char *line = response->buffer + response->start;
    size_t size = (size_t)(newline - line);

    response->line = response->status_end = (size_t)(newline + 1 - response->buffer);
    size -= size > 0 && newline[-1] == '\r';
    if (TRL_UNLIKELY(size < 12 || memcmp(line, "HTTP/", 5) != 0 || line[6] != '.' ||
                     line[8] != ' ' || (size > 12 && line[12] != ' '))) {
        return false;
    }
    for (int i = 9; i < 12; i++) {
        if (TRL_UNLIKELY(!trl_is_digit(line[i]))) {
            return false;
        }
    }
    response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return response->status >= 100;
}

/* The first letters of the fields of interest, and what a blank or a folded line begins with, told
 * by their low five bits: other lines are passed over as they are. */
static inline uint32_t firsts_of_interest(const struct trl_response *response)
{
#define BIT(c) (UINT32_C(1) << ((c)&0x1F))
    return BIT('c') | BIT('t') | BIT(response->id_name[0]) | BIT('\r') | BIT('\n') | BIT(' ') |
           BIT('\t');
#undef BIT
}

/* Of the line at response->line. */
static inline enum trl_head_result take_line(struct trl_response *response, const char *newline)
{
    const char *line = response->buffer + response->line;
    size_t line_end = (size_t)(newline + 1 - response->buffer);
    const char *end = TRL_LIKELY(newline > line && newline[-1] == '\r') ? newline - 1 : newline;

    if (end == line) {
        response->head_end = line_end;
        return TRL_UNLIKELY(response->status < 200 && response->status != 101) ? TRL_HEAD_INTERIM
                                                                               : TRL_HEAD_FINAL;
    }
    if (TRL_LIKELY(!is_blank(line[0]))) { /* a folded line belongs to the one before */
        response->dropping = !note(response, line, end);
    }
    if (TRL_UNLIKELY(response->dropping)) {
        remove_line(response, line_end);
    } else {
        response->line = line_end;
    }
    return TRL_HEAD_MORE;
}

/* The newlines of what is held, in their order. */
struct newlines {
    const char *at; /* the block that is looked at */
    const char *end;
    uint32_t mask; /* its newlines that are left */
};

/* Of the last block, what is behind the end is read as well: nothing, for whoever looks there. */
static inline struct newlines newlines_from(const struct trl_response *response, size_t at)
{
    static const char nothing[TRL_BLOCK];
    char *end = response->buffer + response->end;

    memcpy(end, nothing, TRL_BLOCK);
    return (struct newlines){.at = response->buffer + at - TRL_BLOCK, .end = end};
}

/* The next one, or NULL. */
static inline const char *next_newline(struct newlines *newlines)
{
    const char *found;

    while (newlines->mask == 0) {
        newlines->at += TRL_BLOCK;
        if (newlines->at >= newlines->end) {
            return NULL;
        }
        newlines->mask = trl_block_find(trl_block_load(newlines->at), '\n');
    }
    found = newlines->at + __builtin_ctz(newlines->mask);
    newlines->mask &= newlines->mask - 1;
    return found;
}

enum trl_head_result trl_head_scan(struct trl_response *response)
{
    struct newlines newlines = newlines_from(response, response->seen);
    uint32_t firsts = firsts_of_interest(response);
    const char *newline;

    while ((newline = next_newline(&newlines)) != NULL) {
        if (response->line == response->start) {
            if (TRL_UNLIKELY(!take_status_line(response, newline))) {
                return TRL_HEAD_NONE;
            }
        } else if ((firsts >> (response->buffer[response->line] & 0x1F) & 1) == 0) {
            response->dropping = false;
            response->line = (size_t)(newline + 1 - response->buffer);
        } else {
            enum trl_head_result result = take_line(response, newline);
            if (result != TRL_HEAD_MORE) {
                return result;
            }
            if (TRL_UNLIKELY(response->dropping)) { /* what follows has moved */
                newlines = newlines_from(response, response->line);
            }
        }
    }
    response->seen = response->end;
    return response->line == response->start && !may_be_status_line(response) ? TRL_HEAD_NONE
                                                                              : TRL_HEAD_MORE;
}

void trl_head_insert_id(struct trl_response *response)
{
    size_t field_size = response->id_name_size + 2 + response->id_size + 2;
    size_t line_size = response->status_end - response->start;
    char *field;

    if (TRL_UNLIKELY(response->id_size == 0 || field_size > response->start)) {
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
