/* Tests of the log room: events go to memory and come back parsed. */
#ifndef TRAIL_TESTS_LOG_LINES_H
#define TRAIL_TESTS_LOG_LINES_H

#include "unit.h"

#include "log/scope.h"

#include <cjson/cJSON.h>
#include <trail/log.h>

/* For cmocka_unit_test_setup_teardown(): a process named `svc` in `test`, at level info. */
int lines_open(void **state);
int lines_close(void **state);

size_t lines_count(void);

/* The text of a line, without its newline; of the last one. Fails the test if there is none. */
const char *lines_text(size_t index);
const char *lines_last(void);

/* The last line, parsed. To be deleted. */
cJSON *lines_parsed(void);

/* Checks the last line's members. */
void assert_line_has_text(const char *key, const char *value);
void assert_line_has_number(const char *key, double value);
void assert_line_has_not(const char *key);

#endif
