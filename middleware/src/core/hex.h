/* Bytes as lower-case hexadecimal digits. */
#ifndef TRL_CORE_HEX_H
#define TRL_CORE_HEX_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Of 8 bytes the 16 digits, without a terminator. */
static inline void trl_hex_8(const unsigned char *bytes, char *out)
{
#ifdef __SSE2__
    __m128i low = _mm_loadl_epi64((const __m128i *)(const void *)bytes);
    __m128i high = _mm_srli_epi16(low, 4);
    __m128i nibbles = _mm_and_si128(_mm_unpacklo_epi8(high, low), _mm_set1_epi8(0x0F));
    __m128i letters = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));
    __m128i digits = _mm_add_epi8(nibbles, _mm_set1_epi8('0'));

    digits = _mm_add_epi8(digits, _mm_and_si128(letters, _mm_set1_epi8('a' - '9' - 1)));
    _mm_storeu_si128((__m128i *)(void *)out, digits);
#else
    for (int i = 0; i < 8; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 0x0F];
    }
#endif
}

#endif
