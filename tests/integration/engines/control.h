/* The engine under test, killed and started again. */
#ifndef TRAIL_TESTS_ENGINE_CONTROL_H
#define TRAIL_TESTS_ENGINE_CONTROL_H

#include <stdbool.h>

/* Whether it is a process of the tests' own, and not SQLite. */
bool engine_can_be_controlled(void);

/* `kill`, or `start` with the engine's name; fails the test if that fails. */
void engine_control(const char *command);

#endif
