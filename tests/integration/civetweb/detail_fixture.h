/* What the tests of detail that is kept share: requests that say something below the level, and
 * what of it is in the log. */
#ifndef TRAIL_TESTS_DETAIL_FIXTURE_H
#define TRAIL_TESTS_DETAIL_FIXTURE_H

#include "fixture.h"

enum { LINES_MAX = 16 };

/* Handlers. Each says `first` and `third` on debug, and `second` on info between them. */
int succeed(struct mg_connection *conn, void *cbdata);
int be_broken(struct mg_connection *conn, void *cbdata);
int be_slow(struct mg_connection *conn, void *cbdata);
int ask_for_it(struct mg_connection *conn, void *cbdata);

/* Asks for path under an ID; fields: further lines of the head. */
void ask(const char *path, const char *id, const char *fields);

/* The events of a request in the order of their lines; returns how many there are. */
size_t events_of(const char *id, char events[][32], size_t max);

/* Holds that they are these, with blanks between them. */
void assert_events(const char *id, const char *expected);

#endif
