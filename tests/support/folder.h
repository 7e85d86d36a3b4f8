/* A folder of a test's own. */
#ifndef TRAIL_TESTS_FOLDER_H
#define TRAIL_TESTS_FOLDER_H

#define FOLDER_PATH_BYTES 64

/* Makes an empty one below parent ("/tmp"); fails the test if it can't. */
void folder_make(const char *parent, char ret_path[FOLDER_PATH_BYTES]);

/* Removes it, with all that is in it; a test may have done so. */
void folder_remove(const char *path);

#endif
