/* The configuration while it is made, with the memory that its texts and lists stand in. */
#ifndef TRL_SETUP_SETTINGS_H
#define TRL_SETUP_SETTINGS_H

#include "core/config.h"

#include <trail/trail.h>

struct trl_settings_block;

struct trl_settings {
    struct trl_config config;
    const char *output_source; /* who named the outputs: `TRAIL_OUTPUT`, `option output` */
    struct trl_settings_block *blocks;
};

/* One line that names what is wrong, terminated, without control characters. */
struct trl_problem {
    char text[512];
};

/* Says that what is named has a value that can't be used, and what is allowed. */
void trl_problem_describe(struct trl_problem *problem, const char *name, const char *value,
                          const char *allowed);

/* Reads options and environment. Messages of foreign variables that are ignored go to stderr. On
 * failure ret_problem tells why, and nothing is kept.
 *
 * TRAIL_ERR_CONFIG  a value can't be used
 * TRAIL_ERR_NOMEM   no memory */
TRAIL_NODISCARD enum trail_status trl_settings_read(const struct trail_options *options,
                                                    struct trl_settings *ret_settings,
                                                    struct trl_problem *ret_problem);

/* What GOOGLE_CLOUD_PROJECT, a variable of Google Cloud's programs, says; "" where it is unset
 * or no project can be called so. Borrowed from the environment. */
const char *trl_cloud_project(void);

void trl_settings_fini(struct trl_settings *settings);

/* Zeroed memory that lives as long as the settings; NULL if there is none. */
void *trl_settings_alloc(struct trl_settings *settings, size_t size);

/* A copy of size bytes, terminated. */
char *trl_settings_copy(struct trl_settings *settings, const char *text, size_t size);

#endif
