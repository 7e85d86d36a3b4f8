/* The members of a JSON object as the fields of one event. */
#ifndef DEMO_HELLO_FIELDS_H
#define DEMO_HELLO_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* Logs `fields_received`; nothing where no trail is open. False: text is no JSON object, or one
 * of more than JSON_DEPTH_MAX levels, and nothing is logged. In text, halves of surrogate pairs are
 * replaced. */
bool hello_log_fields(char *text, size_t size);

#endif
