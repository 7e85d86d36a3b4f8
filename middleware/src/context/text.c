/* Context: what all parsers of header values share. */
#include "context/text.h"

#include <string.h>

bool trl_text_next(struct trl_text *rest, char separator, struct trl_text *ret_part)
{
    if (rest->text == NULL) {
        return false;
    }
    const char *end = memchr(rest->text, separator, rest->size);
    struct trl_text part = {rest->text, end != NULL ? (size_t)(end - rest->text) : rest->size};
    if (end != NULL) {
        rest->text = end + 1;
        rest->size -= part.size + 1;
    } else {
        rest->text = NULL;
        rest->size = 0;
    }
    *ret_part = trl_text_trim(part);
    return true;
}

bool trl_text_same(struct trl_text text, struct trl_text other)
{
    return text.size == other.size && memcmp(text.text, other.text, text.size) == 0;
}

bool trl_text_equals(struct trl_text text, const char *other)
{
    return trl_text_same(text, (struct trl_text){other, strlen(other)});
}

static bool is_token_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

bool trl_text_is_token(struct trl_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_token_byte(text.text[i])) {
            return false;
        }
    }
    return text.size > 0;
}
