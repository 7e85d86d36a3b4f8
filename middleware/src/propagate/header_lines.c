/* Propagate: a carrier for clients that write their request's head themselves. */
#include <trail/propagate.h>

#include <string.h>

enum trail_status trail_put_header_line(void *lines, const char *name, const char *value)
{
    struct trail_header_lines *to = lines;
    const char *const parts[] = {name, ": ", value, "\r\n"};
    size_t size = 0;

    if (to == NULL || name == NULL || value == NULL) {
        return TRAIL_ERR_INVALID;
    }
    for (size_t i = 0; i < 4; i++) {
        size += strlen(parts[i]);
    }
    if (to->text == NULL || to->size >= to->capacity || size >= to->capacity - to->size) {
        return TRAIL_ERR_SPACE;
    }
    for (size_t i = 0; i < 4; i++) {
        size_t part = strlen(parts[i]);
        memcpy(to->text + to->size, parts[i], part);
        to->size += part;
    }
    to->text[to->size] = '\0';
    return TRAIL_OK;
}
