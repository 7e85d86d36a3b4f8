/* Tells of requests that are still running after TRAIL_STALLED_MS. */
#ifndef TRL_CIVETWEB_STALL_H
#define TRL_CIVETWEB_STALL_H

/* One watch serves all servers: it starts with the first and ends with the last. Setup only, and
 * under the servers' lock. */
void trl_stall_watch_begin(void);
void trl_stall_watch_end(void);

#endif
