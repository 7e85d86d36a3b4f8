/* Lines that were written under TRAIL_SCHEMA, for the commands that look into them. */
#include "input.h"
#include "text.h"

#include "log/schema.h"

#include <trail/log.h>

/* A line is at most TRAIL_LINE_MAX bytes in any schema, but names may be longer here. */
#define FOREIGN_MAX (2 * (size_t)TRAIL_LINE_MAX)

void cli_line_translate(struct cli_line *line, char **buffer)
{
    if (line->continued || line->continues || line->size > TRAIL_LINE_MAX) {
        return;
    }
    if (*buffer == NULL) {
        *buffer = cli_new(FOREIGN_MAX, 1);
    }
    size_t size = trl_schema_read(line->text, line->size, *buffer, FOREIGN_MAX);
    if (size > 0) {
        line->text = *buffer;
        line->size = size;
    }
}
