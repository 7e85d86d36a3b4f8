/* CivetWeb adapter: the names by which CivetWeb is told who answers, and who may ask. Code that is
 * not routed calls them, too; what it registers stays its own, but trail must know that there is
 * something. They are weak: in a program that CivetWeb is compiled into, its own remain. */
#include "civetweb/direct.h"
#include "civetweb/dispatch.h"
#include "civetweb/whole.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#define SHOWN(function) __attribute__((weak, visibility("default"), alias(#function)))

/* Behind them in the order of linking there may be those that a C++ library gives in their place,
 * see <trail/civetweb_routing.h>. */
static void set_request_handler(struct mg_context *ctx, const char *uri, mg_request_handler handler,
                                void *cbdata)
{
    __typeof__(&trl_direct_set_request_handler) next;
    struct trl_dispatch_change change;

    *(void **)&next = dlsym(RTLD_NEXT, "mg_set_request_handler");
    trl_dispatch_change_begin(&change, ctx, uri);
    (next != NULL ? next : trl_direct_set_request_handler)(ctx, uri, handler, cbdata);
    trl_dispatch_change_end(&change, NULL);
}

static void set_auth_handler(struct mg_context *ctx, const char *uri,
                             mg_authorization_handler handler, void *cbdata)
{
    __typeof__(&trl_direct_set_auth_handler) next;

    *(void **)&next = dlsym(RTLD_NEXT, "mg_set_auth_handler");
    if (handler != NULL) {
        trl_dispatch_never(ctx);
    }
    (next != NULL ? next : trl_direct_set_auth_handler)(ctx, uri, handler, cbdata);
}

static int start_domain2(struct mg_context *ctx, const char **options, struct mg_error_data *error)
{
    trl_dispatch_never(ctx);
    return trl_direct_start_domain2(ctx, options, error);
}

static int start_domain(struct mg_context *ctx, const char **options)
{
    return start_domain2(ctx, options, NULL);
}

SHOWN(set_request_handler)
void mg_set_request_handler(struct mg_context *ctx, const char *uri, mg_request_handler handler,
                            void *cbdata);
SHOWN(set_auth_handler)
void mg_set_auth_handler(struct mg_context *ctx, const char *uri, mg_authorization_handler handler,
                         void *cbdata);
SHOWN(start_domain) int mg_start_domain(struct mg_context *ctx, const char **options);
SHOWN(start_domain2)
int mg_start_domain2(struct mg_context *ctx, const char **options, struct mg_error_data *error);

bool trl_names_have(const void *function)
{
    return function == (void *)(uintptr_t)set_request_handler ||
           function == (void *)(uintptr_t)set_auth_handler ||
           function == (void *)(uintptr_t)start_domain ||
           function == (void *)(uintptr_t)start_domain2;
}

/* A library of the program's own that CivetWeb is compiled into may call CivetWeb's functions, not
 * these. */
static bool has_library(void)
{
    Dl_info object;

    if (dladdr((const void *)(uintptr_t)mg_get_builtin_mime_type, &object) == 0) {
        return false;
    }
    const char *slash = strrchr(object.dli_fname, '/');
    return strncmp(slash != NULL ? slash + 1 : object.dli_fname, "libcivetweb.so", 14) == 0;
}

/* Not where CivetWeb is linked in front of trail, or into the program, nor in a plugin. */
bool trl_names_are_shown(void)
{
    static const char *const names[] = {"mg_set_request_handler", "mg_set_auth_handler",
                                        "mg_start_domain", "mg_start_domain2"};

    if (trl_whole_program || !trl_names_have((void *)(uintptr_t)mg_set_auth_handler)) {
        return trl_whole_program && has_library();
    }
    void *program = dlopen(NULL, RTLD_LAZY);
    bool shown = program != NULL && has_library();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && shown; i++) {
        shown = trl_names_have(dlsym(program, names[i]));
    }
    if (program != NULL) {
        (void)dlclose(program);
    }
    return shown;
}
