/* Context: X-Forwarded-For and Forwarded (RFC 7239). Anybody can have written their left part, so
 * the walk believes no more than what trusted hops have noted. */
#include "context/forwarded.h"

#include "core/ascii.h"

#include <string.h>

/* The walk from left to right. A later hop that can't be read makes all before it worthless. */
struct walk {
    const struct trl_networks *trusted;
    bool known;
    struct trl_address client;
};

/* RFC 7239, 6: digits, or an obfuscated port that begins with an underscore. */
static bool is_port(struct trl_text port)
{
    size_t digits = 0;

    while (digits < port.size && port.text[digits] >= '0' && port.text[digits] <= '9') {
        digits++;
    }
    return port.size > 0 && (digits == port.size || port.text[0] == '_');
}

/* `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`, `2001:db8::1`. */
static bool parse_node(struct trl_text node, struct trl_address *ret_address)
{
    const char *end;
    const char *colon;

    if (node.size > 0 && node.text[0] == '[') {
        end = memchr(node.text, ']', node.size);
        if (end == NULL) {
            return false;
        }
        size_t size = (size_t)(end - node.text) - 1;
        struct trl_text rest = {end + 1, node.size - size - 2};
        if (rest.size > 0 &&
            (rest.text[0] != ':' || !is_port((struct trl_text){rest.text + 1, rest.size - 1}))) {
            return false;
        }
        return memchr(node.text + 1, ':', size) != NULL &&
               trl_address_parse(node.text + 1, size, ret_address) == TRAIL_OK;
    }
    colon = memchr(node.text, ':', node.size);
    if (colon != NULL) {
        size_t size = (size_t)(colon - node.text);
        struct trl_text port = {colon + 1, node.size - size - 1};
        if (memchr(port.text, ':', port.size) == NULL) {
            return is_port(port) && trl_address_parse(node.text, size, ret_address) == TRAIL_OK;
        }
    }
    return trl_address_parse(node.text, node.size, ret_address) == TRAIL_OK;
}

static void step(struct walk *walk, struct trl_text node)
{
    struct trl_address address;

    if (!parse_node(node, &address)) {
        walk->known = false;
    } else if (!walk->known || !trl_networks_contain(walk->trusted, &address)) {
        walk->known = true;
        walk->client = address;
    }
}

static bool finish(const struct walk *walk, struct trl_address *ret_client)
{
    if (walk->known) {
        *ret_client = walk->client;
    }
    return walk->known;
}

bool trl_forwarded_for(const struct trl_values *x_forwarded_for, const struct trl_networks *trusted,
                       struct trl_address *ret_client)
{
    struct walk walk = {.trusted = trusted};
    struct trl_text node;

    if (x_forwarded_for->count > TRL_VALUES_MAX) {
        return false; /* the nearest hops are the ones that were left out */
    }
    for (unsigned i = 0; i < x_forwarded_for->count; i++) {
        struct trl_text rest = x_forwarded_for->item[i];
        while (trl_text_next(&rest, ',', &node)) {
            if (node.size > 0) {
                step(&walk, node);
            }
        }
    }
    return finish(&walk, ret_client);
}

/* Longer than any address with its port. */
enum { NODE_MAX = 64 };

/* Takes one value off rest: a token, or a quoted string (RFC 9110, 5.6.4), unquoted into buffer. */
static bool take_value(struct trl_text *rest, char buffer[NODE_MAX], struct trl_text *ret_value)
{
    size_t size = 0;
    size_t at = 0;
    bool quoted = rest->size > 0 && rest->text[0] == '"';
    bool closed = !quoted;

    for (at = quoted ? 1 : 0; at < rest->size; at++) {
        char byte = rest->text[at];
        if (quoted && byte == '"') {
            closed = true;
            at++;
            break;
        }
        if (!quoted && (byte == ',' || byte == ';' || byte == ' ' || byte == '\t')) {
            break;
        }
        if (quoted && byte == '\\' && at + 1 < rest->size) {
            byte = rest->text[++at];
        }
        if (size == NODE_MAX) {
            return false;
        }
        buffer[size++] = byte;
    }
    rest->text += at;
    rest->size -= at;
    *ret_value = (struct trl_text){buffer, size};
    return closed;
}

static void skip_blanks(struct trl_text *rest)
{
    while (rest->size > 0 && (rest->text[0] == ' ' || rest->text[0] == '\t')) {
        rest->text++;
        rest->size--;
    }
}

static bool take_byte(struct trl_text *rest, char byte)
{
    skip_blanks(rest);
    if (rest->size == 0 || rest->text[0] != byte) {
        return false;
    }
    rest->text++;
    rest->size--;
    return true;
}

/* Takes `name=value` off rest. */
static bool take_pair(struct trl_text *rest, struct trl_text *ret_name, char buffer[NODE_MAX],
                      struct trl_text *ret_value)
{
    skip_blanks(rest);
    const char *equals = memchr(rest->text, '=', rest->size);
    if (equals == NULL) {
        return false;
    }
    *ret_name = (struct trl_text){rest->text, (size_t)(equals - rest->text)};
    rest->size -= ret_name->size + 1;
    rest->text = equals + 1;
    return trl_text_is_token(*ret_name) && take_value(rest, buffer, ret_value);
}

/* Takes one element off rest: pairs between semicolons. False if it is malformed. */
static bool take_element(struct trl_text *rest, struct walk *walk)
{
    char buffer[NODE_MAX];
    char node_buffer[NODE_MAX];
    struct trl_text node = {node_buffer, 0};
    struct trl_text name;
    struct trl_text value;

    do {
        if (!take_pair(rest, &name, buffer, &value)) {
            return false;
        }
        if (name.size == 3 && trl_strncasecmp(name.text, "for", 3) == 0) {
            memcpy(node_buffer, value.text, value.size);
            node.size = value.size;
        }
    } while (take_byte(rest, ';'));
    step(walk, node); /* one without `for` is a hop that we know nothing of */
    return true;
}

bool trl_forwarded(const struct trl_values *forwarded, const struct trl_networks *trusted,
                   struct trl_address *ret_client)
{
    struct walk walk = {.trusted = trusted};

    if (forwarded->count > TRL_VALUES_MAX) {
        return false;
    }
    for (unsigned i = 0; i < forwarded->count; i++) {
        struct trl_text rest = trl_text_trim(forwarded->item[i]);
        while (rest.size > 0) {
            if (take_byte(&rest, ',')) {
                continue; /* RFC 9110, 5.6.1.2: empty elements are allowed */
            }
            if (!take_element(&rest, &walk) || (rest.size > 0 && !take_byte(&rest, ','))) {
                walk.known = false; /* what follows can't be told apart any more */
                break;
            }
        }
    }
    return finish(&walk, ret_client);
}
