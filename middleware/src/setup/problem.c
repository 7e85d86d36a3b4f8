/* Setup: telling what is wrong with a value, whatever bytes it has. */
#include "core/utf8.h"
#include "setup/settings.h"
#include "setup/values.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 };

/* Shows a value as it may stand on a terminal: cut, and without what a terminal would obey. */
static void show_value(const char *text, char out[4 * SHOWN_MAX])
{
    size_t size = strlen(text);
    size_t used = 0;
    bool cut = false;

    while (size > 0 && !(cut = used >= SHOWN_MAX)) {
        size_t taken;
        char one[5] = {0};
        trl_utf8_decode(text, size, &taken);
        memcpy(one, text, taken);
        if (trl_value_is_text(one)) {
            memcpy(out + used, text, taken);
            used += taken;
        } else {
            out[used++] = '?';
        }
        text += taken;
        size -= taken;
    }
    strcpy(out + used, cut ? "…" : "");
}

void trl_problem_describe(struct trl_problem *problem, const char *name, const char *value,
                          const char *allowed)
{
    char shown[4 * SHOWN_MAX];

    show_value(value, shown);
    snprintf(problem->text, sizeof(problem->text), "%s is \"%s\"; allowed: %s", name, shown,
             allowed);
}
