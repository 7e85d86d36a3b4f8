/* The pages of errors that `error_pages` names. */
#ifndef TRL_CIVETWEB_PAGES_H
#define TRL_CIVETWEB_PAGES_H

#include "civetweb/exchange.h"

enum { TRL_PAGE_PATH_MAX = 4096 };

/* Finds the page of an error as CivetWeb does: of this status, of its class, of any; with each of
 * the endings that index_files names. */
bool trl_page_find(const struct trl_site *site, int status, char ret_path[TRL_PAGE_PATH_MAX]);

/* Whether a page is a plain file, and no script. */
bool trl_page_is_static(const char *path);

#endif
