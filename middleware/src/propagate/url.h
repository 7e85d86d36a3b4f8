/* What an absolute URL says of where a call goes (RFC 3986, 3). */
#ifndef TRL_PROPAGATE_URL_H
#define TRL_PROPAGATE_URL_H

#include "context/text.h"

#include <stdint.h>

struct trl_url {
    struct trl_text host; /* without the brackets of an IPv6 address */
    uint16_t port;        /* the scheme's where none stands; 0: unknown */
    struct trl_text path; /* without query and fragment; "/" where it is empty */
};

/* Borrowed from url. False for what can't be read for sure: then nobody knows where it goes. */
bool trl_url_split(const char *url, struct trl_url *ret_url);

/* The same for `host:port` or `[address]:port`. */
bool trl_target_split(const char *target, struct trl_url *ret_url);

#endif
