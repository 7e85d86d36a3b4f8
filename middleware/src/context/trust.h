/* Whom to believe, and who the client is. */
#ifndef TRL_CONTEXT_TRUST_H
#define TRL_CONTEXT_TRUST_H

#include "context/context.h"
#include "core/network.h"

/* Room for any address as text, or `hash:` and its digits. */
#define TRL_CLIENT_TEXT_SIZE 48

/* What the configured networks say of a peer, given as text (`127.0.0.1`, `::1`, `[::1]`); none for
 * what is no address. A Unix socket's peer, "", is not trusted. */
enum trl_trust trl_trust_of(const char *peer);

/* The client's address as text: walking X-Forwarded-For or Forwarded (RFC 7239, section 4) from the
 * right, the first that is not trusted; the peer's own where the peer is not trusted, where neither
 * header came, where the next hop is no address (`unknown`, `_hidden`), and where the two headers
 * disagree: then somebody lies. */
void trl_client_address(const struct trl_inbound *inbound, const char *peer,
                        char ret_client[TRL_CLIENT_TEXT_SIZE]);

/* An address as TRAIL_CLIENT_IP wants it logged: as it is, `hash:` and 20 digits, or "". */
void trl_client_ip_text(const char *address, char ret_text[TRL_CLIENT_TEXT_SIZE]);

#endif
