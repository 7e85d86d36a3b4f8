/* Files: a service that can't write where it must says so when it starts, not at the first order.
 */
#include "shared/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool files_ensure_folder(const char *path, char *error, size_t error_size)
{
    struct stat status;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(error, error_size, "can't make the folder %s: %s", path, strerror(errno));
        return false;
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        (void)snprintf(error, error_size, "%s is not a folder", path);
        return false;
    }
    if (access(path, W_OK | X_OK) != 0) {
        (void)snprintf(error, error_size, "can't write into the folder %s: %s", path,
                       strerror(errno));
        return false;
    }
    return true;
}

bool files_engine_url(const char *engine, const char *folder, const char *file, char *ret_url,
                      size_t url_size)
{
    int size = strcmp(engine, "sqlite") == 0
                   ? snprintf(ret_url, url_size, "sqlite:%s/%s", folder, file)
                   : snprintf(ret_url, url_size, "%s", engine);

    return size > 0 && (size_t)size < url_size;
}
