/* Propagate: the parts of a URL. Where it is doubtful which host a client will take it to, it is
 * refused: the context may not go to a host that nobody checked. */
#include "propagate/url.h"

#include "core/ascii.h"

#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_scheme(struct trl_text scheme)
{
    for (size_t i = 0; i < scheme.size; i++) {
        char byte = scheme.text[i];
        if (!is_letter(byte) && (i == 0 || (!is_digit(byte) && strchr("+-.", byte) == NULL))) {
            return false;
        }
    }
    return scheme.size > 0;
}

static uint16_t default_port(struct trl_text scheme)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } known[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].scheme) == scheme.size &&
            trl_strncasecmp(known[i].scheme, scheme.text, scheme.size) == 0) {
            return known[i].port;
        }
    }
    return 0;
}

/* Digits up to the end, 65535 at most; none at all leaves the port as it is. */
static bool read_port(struct trl_text digits, uint16_t *port)
{
    unsigned value = 0;

    if (digits.size == 0) {
        return true;
    }
    if (digits.size > 5) {
        return false;
    }
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_digit(digits.text[i])) {
            return false;
        }
        value = value * 10 + (unsigned)(digits.text[i] - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

static bool is_name_byte(char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '.' || byte == '_';
}

static bool is_name(struct trl_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.text[i])) {
            return false;
        }
    }
    return name.size > 0;
}

/* `host`, `host:port`, `[address]`, `[address]:port`. */
static bool split_authority(struct trl_text authority, struct trl_url *url)
{
    const char *end = authority.text + authority.size;
    const char *colon;

    if (authority.size > 0 && authority.text[0] == '[') {
        const char *close = memchr(authority.text, ']', authority.size);
        if (close == NULL || (close + 1 != end && close[1] != ':')) {
            return false;
        }
        url->host = (struct trl_text){authority.text + 1, (size_t)(close - authority.text) - 1};
        colon = close + 1 != end ? close + 1 : NULL;
        if (memchr(url->host.text, ':', url->host.size) == NULL) {
            return false;
        }
    } else {
        colon = memchr(authority.text, ':', authority.size);
        url->host.text = authority.text;
        url->host.size = (size_t)((colon != NULL ? colon : end) - authority.text);
        if (!is_name(url->host)) {
            return false;
        }
    }
    return colon == NULL ||
           read_port((struct trl_text){colon + 1, (size_t)(end - colon) - 1}, &url->port);
}

/* Takes the user's part off, which the last `@` ends: `http://ours@theirs/` goes to theirs. False
 * where clients disagree: many take a backslash for a slash. */
static bool drop_user(struct trl_text *authority)
{
    const char *at = memrchr(authority->text, '@', authority->size);

    if (memchr(authority->text, '\\', authority->size) != NULL) {
        return false;
    }
    if (at != NULL) {
        authority->size -= (size_t)(at + 1 - authority->text);
        authority->text = at + 1;
    }
    return true;
}

bool trl_url_split(const char *url, struct trl_url *ret_url)
{
    const char *separator = strstr(url, "://");

    if (separator == NULL) {
        return false;
    }
    struct trl_text scheme = {url, (size_t)(separator - url)};
    struct trl_text authority = {separator + 3, strcspn(separator + 3, "/?#")};
    struct trl_url parts = {.port = default_port(scheme)};
    const char *path = authority.text + authority.size;
    if (!is_scheme(scheme) || !drop_user(&authority) || !split_authority(authority, &parts)) {
        return false;
    }
    parts.path = (struct trl_text){path, strcspn(path, "?#")};
    if (parts.path.size == 0) {
        parts.path = (struct trl_text){"/", 1};
    }
    *ret_url = parts;
    return true;
}

bool trl_target_split(const char *target, struct trl_url *ret_url)
{
    struct trl_url parts = {.port = 0};

    if (!split_authority((struct trl_text){target, strlen(target)}, &parts)) {
        return false;
    }
    *ret_url = parts;
    return true;
}
