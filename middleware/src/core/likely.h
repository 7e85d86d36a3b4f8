/* Which way a branch usually goes. Between two requests the kernel's own path puts trail's code and
 * what the processor knows of its branches out of the nearest caches: what usually runs is then
 * fetched in one stream and predicted as not jumping, and what does not stands elsewhere. */
#ifndef TRL_CORE_LIKELY_H
#define TRL_CORE_LIKELY_H

#define TRL_LIKELY(condition)   __builtin_expect_with_probability((condition) != 0, 1, 1.0)
#define TRL_UNLIKELY(condition) __builtin_expect_with_probability((condition) != 0, 0, 1.0)

#endif
