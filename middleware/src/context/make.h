/* The parts that contexts are made of, shared inside the room. */
#ifndef TRL_CONTEXT_MAKE_H
#define TRL_CONTEXT_MAKE_H

#include "context/context.h"

/* Empties everything. */
void trl_context_clear(struct trl_context *ret_context);

/* Starts or restarts the trace: a new trace ID and span ID, no parent. The request ID is set. */
void trl_context_new_trace(struct trl_context *context);

/* A new request ID in the configured format. */
void trl_context_new_request_id(struct trl_context *context);

#endif
