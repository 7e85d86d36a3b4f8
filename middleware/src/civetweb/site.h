/* The domains of a server: each has a configuration of its own, which decides what its responses
 * say. */
#ifndef TRL_CIVETWEB_SITE_H
#define TRL_CIVETWEB_SITE_H

#include <stdbool.h>

struct mg_context;
struct mg_request_info;
struct trl_server;

struct trl_site {
    struct trl_site *next;
    const struct mg_context *ctx;
    char **options;          /* names and values that differ from the server's; NULL: none do */
    bool keep_alive;         /* enable_keep_alive */
    const char *cors_origin; /* access_control_allow_origin; NULL: none */
    char *own_fields;        /* Strict-Transport-Security and additional_header as lines; or NULL */
};

/* The server's own, as its context is configured. */
void trl_site_init(struct trl_site *ret_site, const struct mg_context *ctx);

/* The one that a request is for. Any thread. */
const struct trl_site *trl_site_of(const struct trl_server *server,
                                   const struct mg_request_info *info);

/* What CivetWeb's option of this name is there; NULL as CivetWeb has it. Borrowed while the server
 * runs. */
const char *trl_site_option(const struct trl_site *site, const char *name);

/* Releases all sites of a server that has stopped. */
void trl_sites_release(struct trl_server *server);

#endif
