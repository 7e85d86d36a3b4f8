/* The crash handler: TRAIL_CRASH=on. */
#ifndef TRL_SETUP_CRASH_H
#define TRL_SETUP_CRASH_H

#include <trail/base.h>

/* Room for the members that every line bears, as JSON: `"service":"x","environment":"y"`. */
#define TRL_CRASH_IDENTITY_MAX 2048

/* Takes over SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT where they are not ignored, and covers
 * this thread. identity is copied. Setup only. TRAIL_ERR_NOMEM, TRAIL_ERR_IO. */
TRAIL_NODISCARD enum trail_status trl_crash_install(const char *identity);

/* Gives the signals back to whom they had belonged to; one that somebody took over since stays with
 * him. Setup only. */
void trl_crash_remove(void);

/* Gives this thread a stack for the handler, so that an overflow of its own stack is told as well.
 * The handler covers all other crashes of any thread without it. Released when the thread ends.
 * Does nothing while no handler is installed, and on a thread that has such a stack; costs
 * next to nothing the second time. Any thread. */
void trl_crash_cover_thread(void);

#endif
