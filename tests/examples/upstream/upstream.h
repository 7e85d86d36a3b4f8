/* Stands before the first line of each of CivetWeb's own examples. */
#ifndef TRAIL_TESTS_UPSTREAM_H
#define TRAIL_TESTS_UPSTREAM_H

#include <stdint.h> /* which some need without including it */

/* In place of the ports that an example names: those of the test. */
extern char example_ports[128];

#endif
