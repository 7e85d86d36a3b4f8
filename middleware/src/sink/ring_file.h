/* What ring.c and ring_file.c share. */
#ifndef TRL_SINK_RING_FILE_H
#define TRL_SINK_RING_FILE_H

#include "sink/ring.h"

#define TRL_RING_HEAD_BYTES 4096
#define TRL_RING_SUFFIX     ".queue"

/* Opens and locks a queue of this user's own that a dead process left; its lines are read and
 * released as any, and trl_ring_abandon() closes it. False: it is none, or its process lives. */
bool trl_ring_open_dead(struct trl_ring *ret_ring, const char *path);

/* Puts a line that was in another ring, whatever room its level would leave to others. */
bool trl_ring_put_anywhere(struct trl_ring *ring, const struct trl_ring_line *line);

#endif
