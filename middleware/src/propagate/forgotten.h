/* The forgotten hop: a call or job that left a request without its context. */
#ifndef TRL_PROPAGATE_FORGOTTEN_H
#define TRL_PROPAGATE_FORGOTTEN_H

#include "context/text.h"

/* With debug checks on, logs `context_not_propagated` once for each place. kind: `call` or `job`;
 * where: its target or queue. Keeps to 64 places a process. Any thread. */
void trl_forgotten_tell(const char *kind, struct trl_text where);

#endif
