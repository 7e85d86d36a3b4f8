/* Formatting what handlers write: a head and its body are literals, strings and whole numbers
 * nearly always, and for those vsnprintf() costs more than all else that is done for a response. */
#ifndef TRL_CIVETWEB_FORMAT_H
#define TRL_CIVETWEB_FORMAT_H

#include <trail/base.h>

#include <stdarg.h>
#include <stddef.h>

/* As vsnprintf() into out, without a terminator, for %s, %c, %d, %i, %u (these three also with l,
 * ll and z) and %% without flags, width or precision. Returns the size, or -1 where anything else
 * is asked for or size bytes are no room for it: vsnprintf() is to be called instead. arguments may
 * be used again either way. */
int trl_format(char *out, size_t size, const char *format, va_list arguments) TRAIL_PRINTF(3, 0);

#endif
