/* Setup: options and environment become one configuration, outputs are opened by it, and closed.
 * Here: the memory of a configuration. */
#include "setup/settings.h"

#include <stdlib.h>
#include <string.h>

struct trl_settings_block {
    struct trl_settings_block *next;
    max_align_t bytes[];
};

void *trl_settings_alloc(struct trl_settings *settings, size_t size)
{
    struct trl_settings_block *block = calloc(1, sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = settings->blocks;
    settings->blocks = block;
    return block->bytes;
}

char *trl_settings_copy(struct trl_settings *settings, const char *text, size_t size)
{
    char *copy = trl_settings_alloc(settings, size + 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void trl_settings_fini(struct trl_settings *settings)
{
    while (settings->blocks != NULL) {
        struct trl_settings_block *block = settings->blocks;
        settings->blocks = block->next;
        free(block);
    }
}
