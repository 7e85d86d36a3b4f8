/* Which way a branch usually goes. Between two requests the kernel's own path puts trail's code and
 * what the processor knows of its branches out of the nearest caches: what usually runs is then
 * fetched in one stream, and predicted as not jumping. */
#ifndef TRL_CORE_LIKELY_H
#define TRL_CORE_LIKELY_H

#define TRL_LIKELY(condition)   __builtin_expect((condition) != 0, 1)
#define TRL_UNLIKELY(condition) __builtin_expect((condition) != 0, 0)

#endif
