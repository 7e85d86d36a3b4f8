/* CivetWeb adapter: what each domain of a server is configured with. CivetWeb tells of the server's
 * own one only, so what mg_start_domain() is given is kept. */
#include "civetweb/site.h"

#include "civetweb/direct.h"
#include "civetweb/request.h"
#include "civetweb/server.h"
#include "core/ascii.h"
#include "core/likely.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of options that stand more than once, the last one holds. */
const char *trl_site_option(const struct trl_site *site, const char *name)
{
    const char *value = NULL;

    for (char **option = site->options; option != NULL && *option != NULL; option += 2) {
        if (strcmp(option[0], name) == 0) {
            value = option[1];
        }
    }
    return value != NULL ? value : mg_get_option(site->ctx, name);
}

static const char *text(const struct trl_site *site, const char *name)
{
    const char *value = trl_site_option(site, name);

    return value != NULL ? value : "";
}

static void configure(struct trl_site *site)
{
    const char *additional = text(site, "additional_header");
    const char *max_age = text(site, "strict_transport_security_max_age");
    const char *origin = text(site, "access_control_allow_origin");
    char *fields = NULL;

    site->keep_alive = trl_strcasecmp(text(site, "enable_keep_alive"), "yes") == 0;
    site->cors_origin = origin[0] != '\0' ? origin : NULL;
    if (max_age[0] != '\0' && atol(max_age) >= 0) {
        if (asprintf(&fields, "Strict-Transport-Security: max-age=%lu\r\n%s",
                     (unsigned long)atol(max_age), additional) < 0) {
            fields = NULL;
        }
    } else if (additional[0] != '\0') {
        fields = strdup(additional);
    }
    site->own_fields = fields;
}

void trl_site_init(struct trl_site *ret_site, const struct mg_context *ctx)
{
    memset(ret_site, 0, sizeof(*ret_site));
    ret_site->ctx = ctx;
    configure(ret_site);
}

static void site_free(struct trl_site *site)
{
    for (char **option = site->options; option != NULL && *option != NULL; option++) {
        free(*option);
    }
    free(site->options);
    free(site->own_fields);
    free(site);
}

/* A site with copies of these options; NULL: no memory. */
static struct trl_site *site_new(const struct mg_context *ctx, const char **options)
{
    struct trl_site *site = calloc(1, sizeof(*site));
    size_t count = 0;

    while (options != NULL && options[count] != NULL) {
        count++;
    }
    if (site == NULL) {
        return NULL;
    }
    site->ctx = ctx;
    site->options = calloc(count + 1, sizeof(*site->options));
    for (size_t i = 0; site->options != NULL && i < count; i++) {
        site->options[i] = strdup(options[i]);
        if (site->options[i] == NULL) {
            site_free(site);
            return NULL;
        }
    }
    if (site->options == NULL) {
        site_free(site);
        return NULL;
    }
    configure(site);
    return site;
}

void trl_sites_release(struct trl_server *server)
{
    while (server->site.next != NULL) {
        struct trl_site *site = server->site.next;
        server->site.next = site->next;
        site_free(site);
    }
    free(server->site.own_fields);
    server->site.own_fields = NULL;
}

/* As CivetWeb reads it: up to the port, an IPv6 address with its brackets. */
static size_t host_size(const char *host)
{
    return host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
}

const struct trl_site *trl_site_of(const struct trl_server *server,
                                   const struct mg_request_info *info)
{
    const struct trl_site *site = __atomic_load_n(&server->site.next, __ATOMIC_ACQUIRE);
    const char *host = TRL_UNLIKELY(site != NULL) ? trl_request_header(info, "Host") : NULL;
    size_t size = TRL_UNLIKELY(host != NULL) ? host_size(host) : 0;

    for (; site != NULL && size > 0; site = site->next) {
        const char *name = text(site, "authentication_domain");
        if (strlen(name) == size && trl_strncasecmp(name, host, size) == 0) {
            return site;
        }
    }
    return &server->site;
}

int trail_mg_start_domain2(struct mg_context *ctx, const char **options,
                           struct mg_error_data *error)
{
    trl_dispatch_never(ctx);
    int domain = trl_direct_start_domain2(ctx, options, error);
    struct trl_server *server = domain >= 0 ? trl_server_find(ctx) : NULL;
    struct trl_site *site = server != NULL ? site_new(ctx, options) : NULL;

    if (site != NULL) {
        trl_server_lock();
        site->next = server->site.next;
        __atomic_store_n(&server->site.next, site, __ATOMIC_RELEASE);
        trl_server_unlock();
    }
    return domain;
}

int trail_mg_start_domain(struct mg_context *ctx, const char **options)
{
    return trail_mg_start_domain2(ctx, options, NULL);
}
