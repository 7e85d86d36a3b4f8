/* Setup: the list of outputs. Commas separate them; what follows a last `@` is a level if it is
 * letters alone, so that user@host:port in a URL is left as it is; a backslash takes the next
 * character as it is. */
#include "setup/values.h"

#include "core/ascii.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* One item, split. The parts point into one buffer. */
struct item {
    char *name;
    char *address; /* NULL: no colon */
    char *level;   /* NULL: none */
};

static const struct {
    const char *name;
    enum trl_output_kind kind;
    enum { ADDRESS_NONE, ADDRESS_OPTIONAL, ADDRESS_NEEDED } address;
} kinds[] = {
    {"stdout", TRL_OUTPUT_STDOUT, ADDRESS_NONE},
    {"stderr", TRL_OUTPUT_STDERR, ADDRESS_NONE},
    {"file", TRL_OUTPUT_FILE, ADDRESS_NEEDED},
    {"linked-file", TRL_OUTPUT_LINKED_FILE, ADDRESS_NEEDED},
    {"syslog", TRL_OUTPUT_SYSLOG, ADDRESS_OPTIONAL},
    {"journald", TRL_OUTPUT_JOURNALD, ADDRESS_OPTIONAL},
    {"otlp", TRL_OUTPUT_OTLP, ADDRESS_NEEDED},
    {"null", TRL_OUTPUT_NULL, ADDRESS_NONE},
};

static bool is_letters(const char *text)
{
    for (; *text != '\0'; text++) {
        char lower = (char)(*text | 0x20);
        if (lower < 'a' || lower > 'z') {
            return false;
        }
    }
    return true;
}

/* Copies one item up to a comma into buffer, resolves backslashes, and finds its parts. Returns
 * what follows the comma, or the end. */
static const char *split(const char *text, char *buffer, struct item *ret_item)
{
    struct item item = {.name = buffer};
    char *out = buffer;

    text += strspn(text, " \t");
    for (; *text != '\0' && *text != ','; text++) {
        char *at = out++;
        if (*text == '\\' && text[1] != '\0') {
            *at = *++text;
            continue;
        }
        *at = *text;
        if (*text == ':' && item.address == NULL && item.level == NULL) {
            *at = '\0';
            item.address = out;
        } else if (*text == '@') {
            item.level = at;
        }
    }
    while (out > buffer && (out[-1] == ' ' || out[-1] == '\t')) {
        out--;
    }
    *out = '\0';
    if (item.level != NULL && is_letters(item.level + 1)) {
        *item.level++ = '\0';
    } else {
        item.level = NULL;
    }
    *ret_item = item;
    return text + (*text == ',' ? 1 : 0);
}

/* A relative path is resolved now: the process may change its directory before it reopens. */
static enum trail_status copy_address(struct trl_settings *settings, enum trl_output_kind kind,
                                      const char *address, const char **ret_copy)
{
    char directory[PATH_MAX];
    char *copy;

    bool is_path = kind == TRL_OUTPUT_FILE || kind == TRL_OUTPUT_LINKED_FILE;

    if (!is_path || *address == '/' || getcwd(directory, sizeof(directory)) == NULL) {
        copy = trl_settings_copy(settings, address, strlen(address));
    } else {
        copy = trl_settings_alloc(settings, strlen(directory) + strlen(address) + 2);
        if (copy != NULL) {
            stpcpy(stpcpy(stpcpy(copy, directory), "/"), address);
        }
    }
    *ret_copy = copy;
    return copy != NULL ? TRAIL_OK : TRAIL_ERR_NOMEM;
}

static enum trail_status read_item(const struct item *item, struct trl_settings *settings,
                                   struct trl_output_config *ret_output)
{
    const char *address = item->address != NULL ? item->address : "";

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (trl_strcasecmp(item->name, kinds[i].name) != 0) {
            continue;
        }
        if ((kinds[i].address == ADDRESS_NONE && item->address != NULL) ||
            (kinds[i].address == ADDRESS_NEEDED && *address == '\0') ||
            !trl_value_is_text(address)) {
            return TRAIL_ERR_MALFORMED;
        }
        ret_output->kind = kinds[i].kind;
        ret_output->level = TRAIL_LEVEL_DEFAULT;
        if (item->level != NULL && trail_level_parse(item->level, &ret_output->level) != TRAIL_OK) {
            return TRAIL_ERR_MALFORMED;
        }
        return copy_address(settings, ret_output->kind, address, &ret_output->address);
    }
    return TRAIL_ERR_MALFORMED;
}

static enum trail_status add(struct trl_config *config, const struct trl_output_config *output)
{
    for (size_t i = 0; i < config->output_count; i++) {
        if (config->outputs[i].kind == output->kind &&
            strcmp(config->outputs[i].address, output->address) == 0) {
            return TRAIL_ERR_MALFORMED; /* every line would stand there twice */
        }
    }
    if (config->output_count == TRL_CONFIG_OUTPUTS_MAX) {
        return TRAIL_ERR_SPACE;
    }
    config->outputs[config->output_count++] = *output;
    return TRAIL_OK;
}

enum trail_status trl_value_read_outputs(const char *text, struct trl_settings *settings)
{
    char *buffer = trl_settings_alloc(settings, strlen(text) + 1);

    if (buffer == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    settings->config.output_count = 0;
    while (*text != '\0') {
        struct trl_output_config output = {.address = ""};
        struct item item;

        text = split(text, buffer, &item);
        if (*item.name == '\0' && item.address == NULL && item.level == NULL) {
            continue;
        }
        enum trail_status status = read_item(&item, settings, &output);
        if (status == TRAIL_OK) {
            status = add(&settings->config, &output);
        }
        if (status != TRAIL_OK) {
            return status;
        }
    }
    return settings->config.output_count > 0 ? TRAIL_OK : TRAIL_ERR_MALFORMED;
}
