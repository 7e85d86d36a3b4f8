/* Readers of single values: each takes text without blanks around it, not empty, and writes its
 * output on success only. TRAIL_ERR_MALFORMED: the text is not of this form. */
#ifndef TRL_SETUP_VALUES_H
#define TRL_SETUP_VALUES_H

#include "setup/settings.h"

/* A word and the number it stands for; the table ends with a NULL word. */
struct trl_value_word {
    const char *word;
    int number;
};

TRAIL_NODISCARD enum trail_status
trl_value_read_word(const char *text, const struct trl_value_word *words, int *ret_number);

/* A whole number in decimal digits, from minimum to maximum. */
TRAIL_NODISCARD enum trail_status trl_value_read_number(const char *text, uint64_t minimum,
                                                        uint64_t maximum, uint64_t *ret_number);

/* Bytes: a whole number, then nothing, B, K or KiB, M or MiB, G or GiB (1024), or kB, MB, GB
 * (1000), in any case, with or without a space between. */
TRAIL_NODISCARD enum trail_status trl_value_read_size(const char *text, uint64_t minimum,
                                                      uint64_t maximum, uint64_t *ret_size);

/* A share from 0 to 1 as a decimal number with a point, whatever the locale. */
TRAIL_NODISCARD enum trail_status trl_value_read_share(const char *text, double *ret_share);

/* What an item of a list must be. */
typedef bool trl_value_item_check(const char *item);

/* `none`, or items separated by commas. Blanks around items and empty items are skipped.
 * TRAIL_ERR_NOMEM. */
TRAIL_NODISCARD enum trail_status trl_value_read_list(const char *text, trl_value_item_check *check,
                                                      struct trl_settings *settings,
                                                      struct trl_list *ret_list);

bool trl_value_is_header_name(const char *item); /* a token of RFC 9110, 5.6.2 */
bool trl_value_is_id_header(const char *item);   /* one, and HTTP has no other use for it */
bool trl_value_is_path(const char *item);        /* begins with a slash */
bool trl_value_is_host(const char *item);        /* a name, .suffix, address or network */
bool trl_value_is_project(const char *item);     /* what a project of Google Cloud is called */
bool trl_value_is_text(const char *item);        /* well-formed UTF-8 without control characters */

/* Reads TRAIL_OUTPUT into config->outputs; see docs/configuration.md for its grammar.
 * TRAIL_ERR_NOMEM, TRAIL_ERR_SPACE: more than TRL_CONFIG_OUTPUTS_MAX. */
TRAIL_NODISCARD enum trail_status trl_value_read_outputs(const char *text,
                                                         struct trl_settings *settings);

#endif
