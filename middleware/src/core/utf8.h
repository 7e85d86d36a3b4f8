/* UTF-8 (RFC 3629): decoding that never reads past the end, and finding where to cut. */
#ifndef TRL_CORE_UTF8_H
#define TRL_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRL_UTF8_REPLACEMENT 0xFFFDu

/* Decodes one code point at text, of which size > 0 bytes are there. Sets *ret_size to the bytes it
 * takes. Of an ill-formed sequence the maximal subpart is taken and U+FFFD returned (Unicode 15,
 * 3.9, table 3-8; WHATWG Encoding). */
uint32_t trl_utf8_decode(const char *text, size_t size, size_t *ret_size);

/* Encodes code_point; returns the number of bytes, 1 to 4. */
size_t trl_utf8_encode(uint32_t code_point, char out[4]);

/* Whether a code point can steer a terminal or a viewer: C0, DEL and C1 controls, line and
 * paragraph separator, and everything that steers the bidirectional algorithm (Unicode 15, UAX #9,
 * 2). */
bool trl_utf8_is_unsafe(uint32_t code_point);

/* Columns that a code point takes on a terminal: 0, 1 or 2; 0 for a control character. */
unsigned trl_utf8_columns(uint32_t code_point);

/* The largest length of at most limit at which text can be cut between two code points. */
size_t trl_utf8_cut(const char *text, size_t size, size_t limit);

#endif
