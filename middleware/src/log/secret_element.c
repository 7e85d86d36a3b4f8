/* Log: secrets in XML: the text of an element that is named as a sensitive key is. */
#include "log/secret.h"

#include "log/redact.h"

#include <string.h>

#define BLANKS " \t\r\n"

static const char cdata[] = "<![CDATA[";

/* Behind the `<` of the tag that ends at the mark; 0 if there is none. No tag is read back twice.
 */
static size_t tag_begin(const struct trl_place *place)
{
    for (size_t at = place->at; at > place->from; at--) {
        char before = place->text[at - 1];
        if (before == '<') {
            return at;
        }
        if (before == '>') {
            return 0;
        }
    }
    return 0;
}

/* The name's part behind a namespace's prefix. */
static struct trl_part local_name(const struct trl_place *place, size_t begin)
{
    const char *text = place->text;
    struct trl_part name = {.begin = begin, .end = begin};

    while (name.end < place->at && (trl_secret_is_token(text[name.end]) || text[name.end] == '.' ||
                                    text[name.end] == ':' || trl_redact_may_have(text[name.end]))) {
        if (text[name.end] == ':') {
            name.begin = name.end + 1;
        }
        name.end++;
    }
    return name;
}

static bool is_blank(const char *text, struct trl_part part)
{
    while (part.begin < part.end && trl_secret_is_one_of(text[part.begin], BLANKS)) {
        part.begin++;
    }
    return part.begin == part.end;
}

/* Whether a text that goes up to the next tag, or to the end, is an element's: a closing tag
 * follows, or it is one word that was cut. `usage: login <user> <password> [host]` is none. */
static bool is_content(const struct trl_place *place, struct trl_part part)
{
    const char *text = place->text;

    if (part.end < place->size) {
        return place->size - part.end < 2 || trl_secret_is_one_of(text[part.end + 1], "/\\");
    }
    for (size_t at = part.begin; at < part.end; at++) {
        if (trl_secret_is_stop(text[at])) {
            return false;
        }
    }
    return true;
}

/* The name of the element whose opening tag ends at the mark; empty if it is none. */
static struct trl_part find_name(const struct trl_place *place)
{
    size_t begin = tag_begin(place);
    struct trl_part name = {.begin = 0};

    if (begin != 0 && place->text[place->at - 1] != '/') {
        name = local_name(place, begin);
    }
    bool whole = name.end == place->at || trl_secret_is_one_of(place->text[name.end], BLANKS);
    return whole ? name : (struct trl_part){.begin = 0};
}

bool trl_secret_element(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t begin = place->at + 1;
    size_t left = place->size - begin;
    bool data = left >= sizeof(cdata) - 1 && memcmp(text + begin, cdata, sizeof(cdata) - 1) == 0;

    if (left == 0 || (text[begin] == '<' && !data) || trl_secret_is_redacted(place, begin)) {
        return false;
    }
    struct trl_part name = find_name(place);
    if (name.begin == name.end ||
        trl_redact_classify(text + name.begin, name.end - name.begin) != TRL_REDACT_VALUE) {
        return false;
    }
    begin += data ? sizeof(cdata) - 1 : 0;
    left = place->size - begin;
    const char *end = data ? memmem(text + begin, left, "]]>", 3) : memchr(text + begin, '<', left);
    *ret_part =
        (struct trl_part){.begin = begin, .end = end != NULL ? (size_t)(end - text) : place->size};
    return data ? ret_part->end > begin
                : !is_blank(text, *ret_part) && is_content(place, *ret_part);
}
