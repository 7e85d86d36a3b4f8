/* What output.c, outputs.c and the spool share: the outputs that are open, and their counters. */
#ifndef TRL_SINK_STATE_H
#define TRL_SINK_STATE_H

#include "sink/outputs.h"

enum trl_outputs_mode { TRL_MODE_NONE, TRL_MODE_SYNC, TRL_MODE_ASYNC };

struct trl_outputs {
    _Atomic int mode; /* enum trl_outputs_mode; everything else is set before it */
    struct trl_sink *sinks[TRL_OUTPUTS_MAX];
    size_t count;
    bool overflow_drop;
    char identity[TRL_IDENTITY_MAX];
    /* Sync delivery, and what is written past the spool. */
    uint64_t accepted_before; /* TRL_COUNT_ACCEPTED and TRL_COUNT_WRITTEN when they were opened */
    uint64_t written_before;
    _Atomic uint64_t dropped[TRAIL_DROP_REASONS_][TRAIL_LEVEL_OFF];
    _Atomic uint64_t sink_errors;
};

extern struct trl_outputs trl_outputs_;

#endif
