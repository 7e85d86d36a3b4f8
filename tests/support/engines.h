/* The engines that a test runs on, as tests/integration/engines/run.sh tells by the environment. */
#ifndef TRAIL_TESTS_ENGINES_H
#define TRAIL_TESTS_ENGINES_H

#include <stdbool.h>

/* The URL of the queue and of the orders; NULL: the services' default, on SQLite. */
const char *engines_queue(void);
const char *engines_orders(void);

/* Takes away what an earlier test has left in them. */
void engines_reset(void);

/* Kills the broker by SIGKILL and starts it again. False: the queue has none. */
bool engines_kill_broker(void);

#endif
