/* Core: IDs. libuuid formats them; the random bytes are ours, because libuuid's generator costs six
 * system calls an ID. */
#include "core/id.h"

#include "core/clock.h"
#include "core/entropy.h"

#include <trail/context.h>

#include <stdint.h>
#include <string.h>
#include <uuid/uuid.h>

void trl_id_uuid(enum trl_id_format format, char out[TRL_UUID_SIZE + 1])
{
    uuid_t uuid;

    trl_entropy(uuid, sizeof(uuid));
    if (format == TRL_ID_UUID7) {
        int64_t now_ms = trl_clock_wall_ms();
        for (int i = 0; i < 6; i++) {
            uuid[i] = (unsigned char)(now_ms >> (40 - 8 * i));
        }
        uuid[6] = (unsigned char)((uuid[6] & 0x0Fu) | 0x70u);
    } else {
        uuid[6] = (unsigned char)((uuid[6] & 0x0Fu) | 0x40u);
    }
    uuid[8] = (unsigned char)((uuid[8] & 0x3Fu) | 0x80u);
    uuid_unparse_lower(uuid, out);
}

/* Writes size bytes as digits and a terminator. False if all were zero: that is no ID. */
static bool write_hex(const unsigned char *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned any = 0;

    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
    return any != 0;
}

void trl_id_hex(char *out, size_t size)
{
    unsigned char bytes[16];

    do {
        trl_entropy(bytes, size / 2);
    } while (!write_hex(bytes, size / 2, out));
}

void trl_id_trace_and_span(char *ret_trace_id, char *ret_span_id)
{
    unsigned char bytes[24];

    do {
        trl_entropy(bytes, sizeof(bytes));
    } while (!write_hex(bytes, 16, ret_trace_id) || !write_hex(bytes + 16, 8, ret_span_id));
}

static bool is_id_byte(unsigned char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("._~:+/=@-", byte) != NULL);
}

const char *trl_id_reject_reason(const char *text, size_t size)
{
    if (size == 0) {
        return "empty";
    }
    if (size > TRAIL_REQUEST_ID_MAX) {
        return "too_long";
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_id_byte((unsigned char)text[i])) {
            return "bad_character";
        }
    }
    return NULL;
}

bool trl_id_is_hex(const char *text, size_t size)
{
    bool any = false;

    for (size_t i = 0; i < size; i++) {
        char digit = text[i];
        if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'))) {
            return false;
        }
        any = any || digit != '0';
    }
    return any;
}
