/* File systems of a test's own, which end with its process. */
#ifndef TRAIL_TESTS_FAULT_MOUNTS_H
#define TRAIL_TESTS_FAULT_MOUNTS_H

#include <stdbool.h>

/* Whether this process may mount, in a namespace that only it and its children see. Prints why not.
 */
bool mounts_allowed(void);

/* Mounts a tmpfs on path, which is made; options as of mount(8). Fails the test if it can't. */
void mounts_tmpfs(const char *path, const char *options);

/* Makes what path names read-only, and undoes it; what is open under it stays as it is. */
void mounts_cover(const char *path);
void mounts_uncover(const char *path);

/* Mounts an ext4 of the image's file, which is made, on path. Prints why not. */
bool mounts_ext4(const char *image, const char *path);

/* Makes the ext4 on path find an error in itself: it turns read-only. */
void mounts_ext4_fails(const char *path);

void mounts_end(const char *path);

#endif
