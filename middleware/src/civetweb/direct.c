/* CivetWeb adapter: functions of CivetWeb by the library that they stand in. Called by their names,
 * in a C++ program they are those that lead here. */
#include "civetweb/direct.h"

#include "civetweb/dispatch.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>

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
    Dl_info object;
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL && dladdr((const void *)(uintptr_t)find_in, &object) != 0) {
        const void *code = find_in(object.dli_fname, "mg_get_builtin_mime_type");
        found = code != NULL && dladdr(code, &object) != 0 ? find_in(object.dli_fname, name) : NULL;
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

/* OWN(name, own): CivetWeb's own, as a pointer of its type; NULL: it can't be found. By its name it
 * may be trail's, see names.c. */
#define OWN(name, own)                                                                             \
    __typeof__(&(name)) own;                                                                       \
    *(void **)&own = find(#name);                                                                  \
    own = own != NULL ? own : (name);                                                              \
    own = trl_names_have(*(void **)&own) ? NULL : own;                                             \
    if (own == NULL) {                                                                             \
        (void)fputs("trail: CivetWeb's " #name "() can't be found\n", stderr);                     \
    }                                                                                              \
    (void)0

void trl_direct_set_request_handler(struct mg_context *ctx, const char *uri,
                                    mg_request_handler handler, void *cbdata)
{
    OWN(mg_set_request_handler, own);

    if (own != NULL) {
        own(ctx, uri, handler, cbdata);
    }
}

void trl_direct_set_auth_handler(struct mg_context *ctx, const char *uri,
                                 mg_authorization_handler handler, void *cbdata)
{
    OWN(mg_set_auth_handler, own);

    if (own != NULL) {
        own(ctx, uri, handler, cbdata);
    }
}

int trl_direct_start_domain2(struct mg_context *ctx, const char **options,
                             struct mg_error_data *error)
{
    OWN(mg_start_domain2, own);

    return own != NULL ? own(ctx, options, error) : -1;
}

void trl_direct_stop(struct mg_context *ctx)
{
    OWN(mg_stop, own);

    if (own != NULL) {
        own(ctx);
    }
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
