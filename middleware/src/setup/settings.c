/* Setup: options and environment become one configuration, outputs are opened by it, and closed.
 * Here: the memory of a configuration. */
#include "setup/settings.h"

#include <stdlib.h>
#include <string.h>

struct settings_block {
    struct settings_block *next;
    max_align_t bytes[];
};

void *settings_alloc(struct settings *settings, size_t size)
{
    struct settings_block *block = calloc(1, sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = settings->blocks;
    settings->blocks = block;
    return block->bytes;
}

char *settings_copy(struct settings *settings, const char *text, size_t size)
{
    char *copy = settings_alloc(settings, size + 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void settings_fini(struct settings *settings)
{
    while (settings->blocks != NULL) {
        struct settings_block *block = settings->blocks;
        settings->blocks = block->next;
        free(block);
    }
}
