/* The environment that settings are read from. */
#ifndef TRAIL_TESTS_ENVIRONMENT_H
#define TRAIL_TESTS_ENVIRONMENT_H

/* Every variable that is read; NULL ends them. */
extern const char *const variables[];

/* Unsets them all: setup and teardown of a test. */
int clear_environment(void **state);

/* A test with such an environment. */
#define CASE(name) cmocka_unit_test_setup_teardown(name, clear_environment, clear_environment)

#endif
