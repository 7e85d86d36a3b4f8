/* Where the context may go: TRAIL_PROPAGATE_TO. */
#ifndef TRL_PROPAGATE_REACH_H
#define TRL_PROPAGATE_REACH_H

#include "context/text.h"
#include "core/config.h"

/* Whether reach has host: a name or an address, without brackets and port. */
bool trl_reach_has(const struct trl_reach *reach, struct trl_text host);

#endif
