/* Problem details (RFC 9457, section 3) as JSON. */
#ifndef TRL_CIVETWEB_PROBLEM_H
#define TRL_CIVETWEB_PROBLEM_H

#include <stddef.h>

#define TRL_PROBLEM_SIZE 4096

/* Writes the object and returns its size. A detail that is too long is cut. NULL or "": absent. */
size_t trl_problem_format(char out[TRL_PROBLEM_SIZE], int status, const char *title,
                          const char *detail, const char *request_id);

#endif
