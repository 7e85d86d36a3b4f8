/* CivetWeb adapter: how much content a chunked body carries, and whether it came to its end. */
#include "civetweb/chunked.h"

#include "core/ascii.h"

enum {
    STATE_NEW,       /* a hexadecimal digit is due */
    STATE_SIZE,      /* more of them */
    STATE_EXTENSION, /* up to the newline behind the size */
    STATE_DATA,
    STATE_DATA_END, /* up to the newline behind the data */
    STATE_TRAILER,  /* at the start of a trailer line */
    STATE_TRAILER_LINE,
    STATE_END,
};

static void give_up(struct trl_chunked *chunked, size_t rest)
{
    chunked->malformed = true;
    chunked->content += rest;
}

/* One byte of the framing. False: it is none. */
static bool step(struct trl_chunked *chunked, char c)
{
    int digit;

    switch (chunked->state) {
    case STATE_NEW:
        digit = trl_hex_value(c);
        chunked->left = digit > 0 ? (unsigned)digit : 0;
        chunked->state = STATE_SIZE;
        return digit >= 0;
    case STATE_SIZE:
        digit = trl_hex_value(c);
        if (digit >= 0) {
            chunked->left = (chunked->left << 4) | (unsigned)digit;
            return chunked->left >> 60 == 0;
        }
        if (c != '\n' && c != '\r' && c != ';' && c != ' ') {
            return false;
        }
        chunked->state = STATE_EXTENSION;
        /* fall through */
    case STATE_EXTENSION:
        if (c == '\n') {
            chunked->state = chunked->left > 0 ? STATE_DATA : STATE_TRAILER;
        }
        return true;
    case STATE_DATA_END:
        if (c == '\n') {
            chunked->state = STATE_NEW;
        }
        return c == '\n' || c == '\r';
    case STATE_TRAILER:
        if (c == '\n') {
            chunked->state = STATE_END;
            chunked->ended = true;
        } else if (c != '\r') {
            chunked->state = STATE_TRAILER_LINE;
        }
        return true;
    case STATE_TRAILER_LINE:
        if (c == '\n') {
            chunked->state = STATE_TRAILER;
        }
        return true;
    default:
        return false;
    }
}

void trl_chunked_feed(struct trl_chunked *chunked, const char *bytes, size_t size)
{
    size_t at = 0;

    if (chunked->malformed) {
        chunked->content += size;
        return;
    }
    while (at < size) {
        if (chunked->state == STATE_DATA) {
            size_t take = size - at < chunked->left ? size - at : (size_t)chunked->left;
            chunked->content += take;
            chunked->left -= take;
            at += take;
            if (chunked->left == 0) {
                chunked->state = STATE_DATA_END;
            }
        } else if (!step(chunked, bytes[at])) {
            give_up(chunked, size - at);
            return;
        } else {
            at++;
        }
    }
}
