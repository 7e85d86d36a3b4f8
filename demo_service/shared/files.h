/* Folders and paths that a service is told of. */
#ifndef DEMO_FILES_H
#define DEMO_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Sees to it that path is a folder that can be written to; makes it (0700) if only it is missing.
 * False: error names it and why. */
bool files_ensure_folder(const char *path, char *error, size_t error_size);

/* The URL of an engine: "sqlite" alone becomes sqlite:FOLDER/FILE, anything else is kept. False: it
 * does not fit. */
bool files_engine_url(const char *engine, const char *folder, const char *file, char *ret_url,
                      size_t url_size);

#endif
