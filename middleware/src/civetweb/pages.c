/* CivetWeb adapter: finding the page of an error. */
#include "civetweb/pages.h"

#include "core/ascii.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Tries each ending of index_files behind this path. */
static bool find_ending(char path[TRL_PAGE_PATH_MAX], const char *index_files)
{
    size_t stem = strlen(path);
    struct stat found;

    while (*index_files != '\0') {
        size_t size = strcspn(index_files, ",");
        const char *dot = memchr(index_files, '.', size);
        size_t ending = dot != NULL ? size - (size_t)(dot - index_files) : 0;
        if (ending > 0 && stem + ending < TRL_PAGE_PATH_MAX) {
            memcpy(path + stem, dot, ending);
            path[stem + ending] = '\0';
            if (stat(path, &found) == 0) {
                return true;
            }
        }
        index_files += size;
        index_files += *index_files == ',';
    }
    return false;
}

bool trl_page_find(const struct trl_site *site, int status, char ret_path[TRL_PAGE_PATH_MAX])
{
    const char *pages = trl_site_option(site, "error_pages");
    const char *index_files = trl_site_option(site, "index_files");
    char stems[3][16];

    if (pages == NULL || pages[0] == '\0' || index_files == NULL) {
        return false;
    }
    snprintf(stems[0], sizeof(stems[0]), "error%03u", (unsigned)status % 1000);
    snprintf(stems[1], sizeof(stems[1]), "error%01uxx", (unsigned)status / 100 % 10);
    snprintf(stems[2], sizeof(stems[2]), "error");
    for (int i = 0; i < 3; i++) {
        int size = snprintf(ret_path, TRL_PAGE_PATH_MAX, "%s%s", pages, stems[i]);
        if (size < TRL_PAGE_PATH_MAX && find_ending(ret_path, index_files)) {
            return true;
        }
    }
    return false;
}

bool trl_page_is_static(const char *path)
{
    static const char *const endings[] = {".html", ".htm", ".xhtml", ".txt", ".json"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (trl_strcasecmp(dot, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}
