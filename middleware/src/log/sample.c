/* Log: sampling by request ID. The hash is part of what services of different versions agree on: it
 * can't be changed. */
#include "log/sample.h"

#include "core/likely.h"

#include <stddef.h>
#include <stdint.h>

static uint64_t hash_id(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (; text != NULL && *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    }
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDu;
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53u;
    return hash ^ hash >> 33;
}

bool trl_sample_keeps(const char *request_id, double share)
{
    if (TRL_LIKELY(share >= 1)) {
        return true;
    }
    return (double)(hash_id(request_id) >> 11) < share * 9007199254740992.0; /* 2^53 */
}
