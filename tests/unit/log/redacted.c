/* A text as redaction leaves it. */
#include "redacted.h"

#include "log/redact.h"

#include <string.h>

static char out[65536];

const char *redacted(const char *text)
{
    size_t size;

    if (!trl_redact_text(text, strlen(text), out, sizeof(out) - 1, &size)) {
        return text;
    }
    out[size] = '\0';
    return out;
}

void assert_gone(const char *text, const char *secret)
{
    const char *left = redacted(text);

    if (strstr(text, secret) == NULL || strstr(left, secret) != NULL) {
        fail_msg("%s\nbecomes\n%s", text, left);
    }
}
