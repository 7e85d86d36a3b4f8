/* CivetWeb adapter: functions of CivetWeb by the library that they stand in. Called by their names,
 * in a C++ program they are those that lead here. */
#include "civetweb/direct.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>

static void *find_in(const char *path, const char *name)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    void *found = NULL;

    if (library != NULL) {
        found = dlsym(library, name);
        (void)dlclose(library);
    }
    return found;
}

/* In what follows trail's code in the order of linking, or in what its library needs. */
static void *find_behind(const char *name)
{
    Dl_info own;
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL && dladdr((const void *)(uintptr_t)find_in, &own) != 0) {
        found = find_in(own.dli_fname, name);
    }
    return found;
}

/* The function of this name in the object that CivetWeb's code is in; NULL: it can't be asked, as
 * in a program without shared libraries, where the name has one meaning. Of a function whose
 * address a program takes that is not position-independent, the address is a stub in the program
 * itself, and tells nothing. */
static void *find(const char *name)
{
    Dl_info object;
    const ElfW(Sym) * symbol;

    if (dladdr1((const void *)(uintptr_t)mg_get_builtin_mime_type, &object, (void **)&symbol,
                RTLD_DL_SYMENT) == 0) {
        return NULL;
    }
    if (symbol != NULL && symbol->st_shndx == SHN_UNDEF) {
        return find_behind(name);
    }
    return find_in(object.dli_fname, name);
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
