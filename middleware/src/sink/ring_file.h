/* What ring.c and ring_file.c share. */
#ifndef TRL_SINK_RING_FILE_H
#define TRL_SINK_RING_FILE_H

#include "sink/ring.h"

#define TRL_RING_HEAD_BYTES 4096

/* Puts a line that was in another ring, whatever room its level would leave to others. */
bool trl_ring_put_anywhere(struct trl_ring *ring, const struct trl_ring_line *line);

#endif
