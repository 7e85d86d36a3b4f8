/**
 * @file shim/civetweb.h
 * Routes a whole program without touching its sources: compile it with `-I …/trail/shim` before
 * CivetWeb's own directory, and its `#include <civetweb.h>` finds this file, which includes
 * CivetWeb's and then <trail/civetweb.h>.
 */
#ifndef TRAIL_SHIM_CIVETWEB_H
#define TRAIL_SHIM_CIVETWEB_H

#pragma GCC system_header
#include_next <civetweb.h>
#include <trail/civetweb.h>

#endif
