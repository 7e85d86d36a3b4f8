/* JSON depth: one pass over the text, without recursion of its own. */
#include "shared/json_depth.h"

#include <string.h>

bool json_is_shallow(const char *text, size_t size, unsigned depth_max)
{
    unsigned depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < size && depth <= depth_max; i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && (text[i] == '[' || text[i] == '{')) {
            depth++;
        } else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0) {
            depth--;
        }
    }
    return depth <= depth_max;
}

bool json_holds_nul(const char *text, size_t size)
{
    static const char nul[] = {'\\', 'u', '0', '0', '0', '0'};

    for (size_t i = 0; i + sizeof(nul) <= size; i++) {
        if (text[i] == '\\') {
            if (memcmp(text + i, nul, sizeof(nul)) == 0) {
                return true;
            }
            i++;
        }
    }
    return false;
}
