/* Limits the rate of events that a client can cause at will. */
#ifndef TRL_CIVETWEB_LIMIT_H
#define TRL_CIVETWEB_LIMIT_H

#include <trail/base.h>

enum trl_limited { TRL_LIMITED_REQUEST_REJECTED, TRL_LIMITED_ID_REJECTED, TRL_LIMITED_KINDS_ };

/* Whether one more of these may be logged now, as a warning; what may not is counted and told as
 * dropped. Any thread. */
bool trl_limit_pass(enum trl_limited kind);

#endif
