/* Sink: null, which takes every line and forgets it. */
#include "sink/sink.h"

#include <stdlib.h>

static bool null_write(struct trl_sink *sink, enum trail_level level, const char *line, size_t size)
{
    (void)sink;
    (void)level;
    (void)line;
    (void)size;
    return true;
}

static void null_close(struct trl_sink *sink)
{
    free(sink);
}

static const struct trl_sink_ops null_ops = {.write = null_write, .close = null_close};

enum trail_status trl_sink_new_null(struct trl_sink **ret_sink)
{
    struct trl_sink *sink = malloc(sizeof(*sink));

    if (sink == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    trl_sink_init(sink, &null_ops, "null");
    *ret_sink = sink;
    return TRAIL_OK;
}
