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
    /* Before writes: opens anew what was moved; between lines also completes what is owed and tells
     * a gap. False: the output fails or takes nothing now. now_ns is UINT64_MAX for the last time:
     * everything is due then. */
    bool (*ready)(struct trl_sink *sink, uint64_t now_ns, bool between_lines);
    /* The largest write that nothing comes in between: SIZE_MAX, or PIPE_BUF. */
    size_t (*unit)(const struct trl_sink *sink);
    /* Where the next byte goes, if that is the end of a regular file. */
    bool (*mark)(struct trl_sink *sink, struct trl_file_mark *ret_mark);
    /* Writes what it can, waiting at most wait_ms for room. Returns the bytes taken, or -errno when
     * none were; -EAGAIN: no room. */
    ssize_t (*writev)(struct trl_sink *sink, const struct iovec *parts, int count, int wait_ms);
    /* The rest of a line whose first part is out: to be written before anything else. */
    void (*owe)(struct trl_sink *sink, enum trail_level level, const char *rest, size_t size);
};

#endif
