/* What every cmocka file includes, in the order that cmocka needs. */
#ifndef TRAIL_TESTS_UNIT_H
#define TRAIL_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
