/* What the spool's writer thread does with a sink that takes whole batches. It is the only thread
 * that calls these. */
#ifndef TRL_SINK_BATCH_H
#define TRL_SINK_BATCH_H

#include "sink/sink.h"

/* A place in a regular file: what of a batch has reached it is the file's growth since. */
struct trl_file_mark {
    uint64_t device;
    uint64_t inode;
    uint64_t size_bytes;
};

struct trl_batch_ops {
    /* Between batches: opens anew what was moved, completes a torn line, tells a gap. False: the
     * output fails, or takes nothing now; no batch before the next call. */
    bool (*ready)(struct trl_sink *sink, uint64_t now_ns);
    /* Where the next byte goes, if that is the end of a regular file. */
    bool (*mark)(struct trl_sink *sink, struct trl_file_mark *ret_mark);
    /* Writes what it can, waiting at most wait_ms for room. Returns the bytes taken, or -errno when
     * none were; -EAGAIN: no room. */
    ssize_t (*writev)(struct trl_sink *sink, const struct iovec *parts, int count, int wait_ms);
};

#endif
