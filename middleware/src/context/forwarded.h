/* The addresses that proxies have noted, read from left to right: what is nearest to us stands
 * last. Knows nothing of configuration. */
#ifndef TRL_CONTEXT_FORWARDED_H
#define TRL_CONTEXT_FORWARDED_H

#include "context/text.h"
#include "core/network.h"

/* Finds the client: from the right, the first address that no trusted network holds; the leftmost
 * where all are trusted. What is no address (`unknown`, `_hidden`, a name) ends the walk before
 * itself. False where that leaves nothing: the client is then the peer itself. */
bool trl_forwarded_for(const struct trl_values *x_forwarded_for, const struct trl_networks *trusted,
                       struct trl_address *ret_client);

/* The same from Forwarded (RFC 7239, section 4). */
bool trl_forwarded(const struct trl_values *forwarded, const struct trl_networks *trusted,
                   struct trl_address *ret_client);

#endif
