/* What is wrong with a line of log: bytes first, then its grammar, then names and values. */
#include "core/utf8.h"
#include "rules.h"

#include <trail/log.h>

#include <stdlib.h>
#include <string.h>

/* The keys of the objects that are open, to find one that stands twice. */
struct keys {
    struct trl_json_span *spans; /* a NULL text parts an object from the one around it */
    size_t count;
    size_t capacity;
};

static void push(struct keys *keys, struct trl_json_span span)
{
    if (keys->count == keys->capacity) {
        keys->capacity = 2 * keys->capacity + 16;
        keys->spans = cli_grown(keys->spans, keys->capacity, sizeof *keys->spans);
    }
    keys->spans[keys->count++] = span;
}

static void pop_object(struct keys *keys)
{
    while (keys->spans[--keys->count].text != NULL) {}
}

static bool same_key(struct trl_json_span left, struct trl_json_span right)
{
    const char *a = left.text;
    const char *b = right.text;

    while (a < left.text + left.size && b < right.text + right.size) {
        if (trl_json_decode(&a, left.text + left.size) !=
            trl_json_decode(&b, right.text + right.size)) {
            return false;
        }
    }
    return a == left.text + left.size && b == right.text + right.size;
}

static bool is_repeated(const struct keys *keys, struct trl_json_span key)
{
    for (size_t i = keys->count; keys->spans[i - 1].text != NULL; i--) {
        if (same_key(keys->spans[i - 1], key)) {
            return true;
        }
    }
    return false;
}

/* Finds a key that stands twice in one object, at any depth. The text has been read once. */
static bool find_repeated_key(const char *line, size_t size, struct trl_json_span *ret_key)
{
    struct keys keys = {0};
    struct trl_json_lexer lexer;
    struct trl_json_span span;
    enum trl_json_token token;
    bool found = false;

    trl_json_lexer_init(&lexer, line, size);
    while (!found && (token = trl_json_next(&lexer, &span)) != TRL_JSON_END &&
           token != TRL_JSON_ERROR) {
        if (token == TRL_JSON_OBJECT_BEGIN) {
            push(&keys, (struct trl_json_span){0});
        } else if (token == TRL_JSON_OBJECT_END) {
            pop_object(&keys);
        } else if (token == TRL_JSON_KEY && is_repeated(&keys, span)) {
            *ret_key = span;
            found = true;
        } else if (token == TRL_JSON_KEY) {
            push(&keys, span);
        }
    }
    free(keys.spans);
    return found;
}

/* What a line may not hold, in words; NULL for what it may. */
static const char *forbidden(uint32_t code_point)
{
    if (!trl_utf8_is_unsafe(code_point)) {
        return NULL;
    }
    if (code_point == 0x2028 || code_point == 0x2029) {
        return "a line or paragraph separator";
    }
    return code_point < 0xA0 ? "a control character" : "a bidirectional control";
}

static bool find_bad_byte(const char *line, size_t size, struct cli_text *ret_fault)
{
    size_t taken;

    for (size_t at = 0; at < size; at += taken) {
        uint32_t code_point = trl_utf8_decode(line + at, size - at, &taken);
        const char *what = forbidden(code_point);

        if (code_point == TRL_UTF8_REPLACEMENT && memcmp(line + at, "\xEF\xBF\xBD", taken) != 0) {
            cli_text_add_format(ret_fault, "byte %zu is not UTF-8", at + 1);
            return true;
        }
        if (what != NULL) {
            cli_text_add_format(ret_fault, "byte %zu begins %s, U+%04X", at + 1, what, code_point);
            return true;
        }
    }
    return false;
}

static const struct cli_rule *rule_of(const struct trl_json_member *member)
{
    for (size_t i = 0; i < cli_rule_count; i++) {
        if (trl_json_key_is(member, cli_rules[i].name)) {
            return &cli_rules[i];
        }
    }
    return NULL;
}

static bool value_fails(const struct cli_rule *rule, const struct trl_json_member *member,
                        struct cli_text *ret_fault)
{
    const char *wanted;

    if (rule == NULL || cli_form_holds(rule->form, member, &wanted)) {
        return false;
    }
    cli_text_add_format(ret_fault, "%s is not %s", rule->name, wanted);
    return true;
}

/* The order of the members, and the form of each. */
static bool find_bad_member(const char *line, size_t size, struct cli_text *ret_fault)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;
    const char *before = NULL;
    size_t reached = 0; /* the slot after the last one that was seen */
    unsigned seen = 0;

    trl_json_object_begin(&lexer, line, size);
    while (trl_json_object_next(&lexer, &member)) {
        const struct cli_rule *rule = rule_of(&member);
        size_t slot = rule != NULL ? (size_t)(rule - cli_rules) : CLI_LEADING;

        if (slot < CLI_LEADING && slot < reached) {
            cli_text_add_format(ret_fault, "%s stands after %s", rule->name,
                                reached > CLI_LEADING ? "fields" : before);
            return true;
        }
        if (value_fails(rule, &member, ret_fault)) {
            return true;
        }
        reached = (slot < CLI_LEADING ? slot : CLI_LEADING) + 1;
        before = slot < CLI_LEADING ? rule->name : before;
        seen |= slot < CLI_LEADING ? 1u << slot : 0;
    }
    for (size_t slot = 0; slot < CLI_LEADING; slot++) {
        if (cli_rules[slot].required && (seen & (1u << slot)) == 0) {
            cli_text_add_format(ret_fault, "%s is missing", cli_rules[slot].name);
            return true;
        }
    }
    return false;
}

bool cli_find_fault(const char *line, size_t size, struct cli_text *ret_fault)
{
    struct cli_event event;
    struct trl_json_span key;

    if (size + 1 > TRAIL_LINE_MAX) {
        cli_text_add_format(ret_fault, "%zu bytes are more than %d", size + 1, TRAIL_LINE_MAX);
        return true;
    }
    if (find_bad_byte(line, size, ret_fault)) {
        return true;
    }
    if (!cli_event_read(line, size, &event)) {
        cli_text_add_string(ret_fault, size == 0 ? "an empty line" : "not a JSON object");
        return true;
    }
    if (line[0] != '{' || line[size - 1] != '}') {
        cli_text_add_string(ret_fault, "white space around the object");
        return true;
    }
    if (find_repeated_key(line, size, &key)) {
        cli_text_add_string(ret_fault, "the key ");
        cli_event_add_span(ret_fault, key);
        cli_text_add_string(ret_fault, " stands twice in one object");
        return true;
    }
    return find_bad_member(line, size, ret_fault);
}
