/* What must be known of JSON beside what cJSON tells: how deep it is nested, found out before
 * anyone recurses into it, and whether its texts hold a NUL. */
#ifndef DEMO_JSON_DEPTH_H
#define DEMO_JSON_DEPTH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether JSON has at most depth_max levels of arrays and objects. cJSON recurses, up to
 * 1000 levels, and the stack of one of CivetWeb's threads has 100 KiB: whatever comes from outside
 * is asked this first. Text that is no JSON gets some answer, without a read beyond its end. */
bool json_is_shallow(const char *text, size_t size, unsigned depth_max);

/* Whether a string in JSON that has been found to be valid holds a NUL (`\u0000`): cJSON's texts
 * end there, and what follows would be neither checked nor kept. */
bool json_holds_nul(const char *text, size_t size);

/* For JSON of any kind: cJSON takes it with less than a fifth of such a thread's stack. */
#define JSON_DEPTH_MAX 128u

#endif
