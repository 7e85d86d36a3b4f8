/* What output.c, outputs.c and the spool share: the outputs that are open, and their counters. */
#ifndef TRL_SINK_STATE_H
#define TRL_SINK_STATE_H

#include "sink/outputs.h"

#define TRL_IDENTITY_MAX 512

enum trl_delivery { TRL_DELIVERY_NONE, TRL_DELIVERY_SYNC, TRL_DELIVERY_ASYNC };

struct trl_outputs {
    _Atomic int delivery; /* enum trl_delivery; everything else is set before it */
    struct trl_sink *sinks[TRL_OUTPUTS_MAX];
    size_t count;
    bool transforms; /* whether any sink has one */
    bool overflow_drop;
    char identity[TRL_IDENTITY_MAX];
    /* Sync delivery, and what is written past the spool. */
    _Atomic uint64_t accepted;
    _Atomic uint64_t written;
    _Atomic uint64_t dropped[TRAIL_DROP_REASONS_][TRAIL_LEVEL_OFF];
    _Atomic uint64_t sink_errors;
};

extern struct trl_outputs trl_outputs_;

/* Hands one line to every sink that takes its level, past the spool. */
void trl_outputs_write(enum trail_level level, const char *line, size_t size);

#endif
