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

/* Both digits of a byte at once. */
static const char pairs[] = "000102030405060708090a0b0c0d0e0f"
                            "101112131415161718191a1b1c1d1e1f"
                            "202122232425262728292a2b2c2d2e2f"
                            "303132333435363738393a3b3c3d3e3f"
                            "404142434445464748494a4b4c4d4e4f"
                            "505152535455565758595a5b5c5d5e5f"
                            "606162636465666768696a6b6c6d6e6f"
                            "707172737475767778797a7b7c7d7e7f"
                            "808182838485868788898a8b8c8d8e8f"
                            "909192939495969798999a9b9c9d9e9f"
                            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
                            "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
                            "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
                            "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
                            "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
                            "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

/* Writes size bytes as digits and a terminator. False if all were zero: that is no ID. */
static bool write_hex(const unsigned char *bytes, size_t size, char *out)
{
    unsigned any = 0;

    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
        memcpy(out + 2 * i, pairs + 2 * (size_t)bytes[i], 2);
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
