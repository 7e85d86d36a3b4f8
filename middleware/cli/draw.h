/* A trail on the terminal. */
#ifndef TRL_CLI_DRAW_H
#define TRL_CLI_DRAW_H

#include "style.h"
#include "tree.h"

/* What stands in a node's row: what it is, and how it went. */
void cli_label(const struct cli_style *style, const struct cli_node *node, struct cli_text *text);

/* The milliseconds that a node took; negative if that is not known. */
double cli_node_ms(const struct cli_node *node);

/* Prints the trail, its heading first. */
void cli_draw(const struct cli_style *style, const char *id, const struct cli_tree *tree);

#endif
