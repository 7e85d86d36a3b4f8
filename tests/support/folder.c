/* Folders of tests, which leave nothing behind. */
#include "folder.h"

#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void folder_make(const char *parent, char ret_path[FOLDER_PATH_BYTES])
{
    snprintf(ret_path, FOLDER_PATH_BYTES, "%s/trail-test-XXXXXX", parent);
    assert_non_null(mkdtemp(ret_path));
}

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(name) == 0 || errno == ENOENT ? 0 : -1;
}

void folder_remove(const char *path)
{
    assert_true(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT);
}
