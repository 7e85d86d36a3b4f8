/* Spool files: made, found, locked, mapped. A file is locked (flock) for as long as its process
 * lives: whoever gets the lock has found a dead one's. */
#ifndef TRL_SINK_SPOOL_FILE_H
#define TRL_SINK_SPOOL_FILE_H

#include "sink/spool_layout.h"

#define TRL_SPOOL_SUFFIX ".spool"

/* Makes sure that dir is a directory of the user's own that nobody else can write to; creates it
 * with mode 0700 if it is missing. TRAIL_ERR_CONFIG with a sentence in error_text. */
TRAIL_NODISCARD enum trail_status trl_spool_dir_prepare(const char *dir, char *error_text,
                                                        size_t error_size);

/* Creates, allocates in full, locks and maps a spool of about size_bytes. The head bears geometry
 * alone. TRAIL_ERR_CONFIG, TRAIL_ERR_IO with a sentence in error_text. */
TRAIL_NODISCARD enum trail_status trl_spool_file_create(const char *dir, size_t size_bytes,
                                                        char *error_text, size_t error_size,
                                                        struct trl_spool_map *ret_map);

/* Gives a spool whose head is complete the name that others look for. */
TRAIL_NODISCARD enum trail_status trl_spool_file_publish(struct trl_spool_map *map);

/* Opens, locks and maps the spool of a dead process.
 * TRAIL_ERR_STATE: its process lives, or another delivers it. TRAIL_ERR_DENIED: not a file of the
 * user's own. TRAIL_ERR_MALFORMED: too short, or the head is damaged. TRAIL_ERR_NOT_FOUND: gone.
 * TRAIL_ERR_IO. */
TRAIL_NODISCARD enum trail_status trl_spool_file_adopt(const char *path,
                                                       struct trl_spool_map *ret_map);

/* Unmaps and unlocks; with remove also deletes the file. */
void trl_spool_file_close(struct trl_spool_map *map, bool remove);

#endif
