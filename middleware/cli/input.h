/* Lines of files and of standard input, of any length and with any bytes, several files by time. */
#ifndef TRL_CLI_INPUT_H
#define TRL_CLI_INPUT_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line that is longer comes in pieces of this size; no event is. */
#define CLI_PIECE_MAX ((size_t)1 << 20)

/* One line, or a piece of one. Borrowed until the next call for the same file. */
struct cli_line {
    const char *text; /* without its newline; may hold any byte, NUL among them */
    size_t size;
    const char *file; /* as it was named; `-` for standard input */
    size_t number;    /* from 1 */
    bool continued;   /* not the first piece of its line */
    bool continues;   /* not the last piece of its line */
    bool terminated;  /* a newline followed */
};

/* One file being read. */
struct cli_file;

/* Makes a line in the schema of another ecosystem the one of trail's that it stands for; others
 * stay. *buffer: NULL at first; holds the line until the next call, and is to be freed. */
void cli_line_translate(struct cli_line *line, char **buffer);

/* Opens a file; `-` is standard input. NULL, after telling why on stderr, if it can't be read. */
struct cli_file *cli_file_open(const char *name);
void cli_file_close(struct cli_file *file);

/* The next line. False at the end, or, after telling on stderr, when reading fails. */
bool cli_file_next(struct cli_file *file, struct cli_line *ret_line);

/* Whether reading failed. */
bool cli_file_failed(const struct cli_file *file);

/* Whether no more bytes are at hand without waiting: time to flush what was written. */
bool cli_file_drained(const struct cli_file *file);

/* Several files read as one, their lines translated: each time the line of the file whose last
 * event is the oldest. Of a single file no event is looked at. */
struct cli_inputs;

/* NULL, after telling why, if one of the files can't be read. No names: standard input. */
struct cli_inputs *cli_inputs_open(char **names, size_t count);
void cli_inputs_close(struct cli_inputs *inputs);
bool cli_inputs_next(struct cli_inputs *inputs, struct cli_line *ret_line);
bool cli_inputs_failed(const struct cli_inputs *inputs);
bool cli_inputs_drained(const struct cli_inputs *inputs);

#endif
