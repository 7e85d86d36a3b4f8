/* Core: IDs. The random bytes and the digits are ours: libuuid's generator costs six system calls
 * an ID, and its printing more than all else that a request's IDs need. */
#include "core/id.h"

#include "core/clock.h"
#include "core/entropy.h"
#include "core/hex.h"

#include <trail/context.h>

#include <stdint.h>
#include <string.h>

/* 8-4-4-4-12 digits (RFC 9562, section 4) and a terminator. */
static void write_uuid(const unsigned char bytes[16], char out[TRL_UUID_SIZE + 1])
{
    char digits[32];

    trl_hex_8(bytes, digits);
    trl_hex_8(bytes + 8, digits + 16);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
    out[8] = out[13] = out[18] = out[23] = '-';
    out[TRL_UUID_SIZE] = '\0';
}

void trl_id_uuid(enum trl_id_format format, char out[TRL_UUID_SIZE + 1])
{
    unsigned char uuid[16];

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
    write_uuid(uuid, out);
}

/* Writes size bytes, a multiple of 8, as digits and a terminator. False if all were zero: that is
 * no ID. */
static inline bool write_hex(const unsigned char *bytes, size_t size, char *out)
{
    uint64_t any = 0;

    for (size_t i = 0; i < size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        any |= word;
        trl_hex_8(bytes + i, out + 2 * i);
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

/* What each byte may be part of; one look instead of six comparisons, for some hundred bytes of
 * each request. */
enum { IN_ID = 1, IN_HEX = 2, NOT_ZERO = 4 };

/* clang-format off */
#define I(byte) [byte] = IN_ID
#define H(byte) [byte] = IN_ID | IN_HEX | NOT_ZERO
static const unsigned char kinds[256] = {
    ['0'] = IN_ID | IN_HEX,
    H('1'), H('2'), H('3'), H('4'), H('5'), H('6'), H('7'), H('8'), H('9'), H('a'), H('b'),
    H('c'), H('d'), H('e'), H('f'),
    I('g'), I('h'), I('i'), I('j'), I('k'), I('l'), I('m'), I('n'), I('o'), I('p'), I('q'),
    I('r'), I('s'), I('t'), I('u'), I('v'), I('w'), I('x'), I('y'), I('z'),
    I('A'), I('B'), I('C'), I('D'), I('E'), I('F'), I('G'), I('H'), I('I'), I('J'), I('K'),
    I('L'), I('M'), I('N'), I('O'), I('P'), I('Q'), I('R'), I('S'), I('T'), I('U'), I('V'),
    I('W'), I('X'), I('Y'), I('Z'),
    I('.'), I('_'), I('~'), I(':'), I('+'), I('/'), I('='), I('@'), I('-'),
};
#undef I
#undef H
/* clang-format on */

const char *trl_id_reject_reason(const char *text, size_t size)
{
    if (size == 0) {
        return "empty";
    }
    if (size > TRAIL_REQUEST_ID_MAX) {
        return "too_long";
    }
    for (size_t i = 0; i < size; i++) {
        if ((kinds[(unsigned char)text[i]] & IN_ID) == 0) {
            return "bad_character";
        }
    }
    return NULL;
}

bool trl_id_is_hex(const char *text, size_t size)
{
    unsigned all = IN_HEX;
    unsigned any = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned kind = kinds[(unsigned char)text[i]];
        all &= kind;
        any |= kind;
    }
    return all == IN_HEX && (any & NOT_ZERO) != 0;
}
