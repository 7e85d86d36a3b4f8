/* The C locale, for what is read by programs: the application may have set one with a decimal comma
 * and with its own names of days and months. */
#ifndef TRL_CORE_LOCALE_H
#define TRL_CORE_LOCALE_H

#include <locale.h>

/* Never freed: glibc has one for all. Takes no memory. Any thread. */
static inline locale_t trl_c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

#endif
