/* CivetWeb adapter: functions of CivetWeb by the library that they stand in. Called by their names,
 * in a C++ program they are those that lead here. */
#include "civetweb/direct.h"

#include <dlfcn.h>
#include <stdint.h>

/* The function of this name in the object that CivetWeb's code is in; NULL: it can't be asked, as
 * in a program without shared libraries, where the name has one meaning. */
static void *find(const char *name)
{
    Dl_info object;
    void *library;
    void *found = NULL;

    if (dladdr((const void *)(uintptr_t)mg_get_builtin_mime_type, &object) == 0) {
        return NULL;
    }
    library = dlopen(object.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (library != NULL) {
        found = dlsym(library, name);
        (void)dlclose(library);
    }
    return found;
}

/* CALL(name, …): CivetWeb's own, by a pointer of its type. */
#define CALL(name, ...)                                                                            \
    do {                                                                                           \
        __typeof__(&(name)) own;                                                                   \
        *(void **)&own = find(#name);                                                              \
        (own != NULL ? own : (name))(__VA_ARGS__);                                                 \
    } while (0)

void trl_direct_set_request_handler(struct mg_context *ctx, const char *uri,
                                    mg_request_handler handler, void *cbdata)
{
    CALL(mg_set_request_handler, ctx, uri, handler, cbdata);
}

void trl_direct_set_auth_handler(struct mg_context *ctx, const char *uri,
                                 mg_authorization_handler handler, void *cbdata)
{
    CALL(mg_set_auth_handler, ctx, uri, handler, cbdata);
}

void trl_direct_stop(struct mg_context *ctx)
{
    CALL(mg_stop, ctx);
}

/* On the request path, and so looked for once. */
int trl_direct_read(struct mg_connection *conn, void *buffer, size_t size)
{
    static __typeof__(&mg_read) found;
    __typeof__(&mg_read) own = __atomic_load_n(&found, __ATOMIC_RELAXED);

    if (own == NULL) {
        *(void **)&own = find("mg_read");
        own = own != NULL ? own : mg_read;
        __atomic_store_n(&found, own, __ATOMIC_RELAXED);
    }
    return own(conn, buffer, size);
}
