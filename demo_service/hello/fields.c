/* hello: any JSON object becomes the fields of one event, each of its own type. */
#include "hello/fields.h"

#include "shared/json_depth.h"

#include <trail/log.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* The value of the member at text, in JSON that has been found to be valid. */
static const char *find_value(const char *text)
{
    text += strcspn(text, "\"");
    for (text++; *text != '"'; text++) { /* the key; escapes are passed over */
        text += *text == '\\';
    }
    text = strchr(text, ':') + 1;
    return text + strspn(text, " \t\r\n");
}

/* One past the value that begins at text, in such JSON. */
static const char *skip_value(const char *text)
{
    int depth = 0;
    bool quoted = false;

    for (; *text != '\0'; text++) {
        if (quoted) {
            if (*text == '\\') {
                text++;
            } else if (*text == '"') {
                quoted = false;
            }
        } else if (*text == '"') {
            quoted = true;
        } else if (*text == '{' || *text == '[') {
            depth++;
        } else if (depth == 0 && (*text == ',' || *text == '}' || *text == ']')) {
            break;
        } else if (*text == '}' || *text == ']') {
            depth--;
        }
    }
    return text;
}

static int hex4(const char *text)
{
    char digits[5] = {text[0], text[1], text[2], text[3], '\0'};
    char *end;
    long value = strtol(digits, &end, 16);

    return end == digits + 4 && digits[0] != '-' && digits[0] != '+' ? (int)value : -1;
}

/* The bytes of the escape at text, which begins with a backslash; what is half of a surrogate pair
 * becomes U+FFFD, in place: cJSON takes a text that holds one for no JSON at all. */
static size_t mend_escape(char *text)
{
    int unit = text[1] == 'u' && strnlen(text, 6) == 6 ? hex4(text + 2) : -1;

    if (unit < 0xD800 || unit > 0xDFFF) {
        return text[1] == '\0' ? 1 : 2;
    }
    if (unit < 0xDC00 && text[6] == '\\' && text[7] == 'u' && strnlen(text + 6, 6) == 6 &&
        (hex4(text + 8) & 0xFC00) == 0xDC00) {
        return 12;
    }
    memcpy(text + 2, "fffd", 4);
    return 6;
}

static void mend_surrogates(char *text)
{
    while ((text = strchr(text, '\\')) != NULL) {
        text += mend_escape(text);
    }
}

/* A number is taken as it stands: as a double it would lose digits. So are arrays, objects, and a
 * string that a NUL would end. */
static struct trail_field make_field(const cJSON *item, const char *text, size_t size)
{
    const char *key = item->string;
    size_t key_size = strlen(key);

    if (cJSON_IsBool(item)) {
        return trail_field_bool(key, key_size, cJSON_IsTrue(item));
    }
    if (cJSON_IsNull(item)) {
        return trail_field_null(key, key_size);
    }
    if (cJSON_IsString(item) && !json_holds_nul(text, size)) {
        return trail_field_string(key, key_size, item->valuestring);
    }
    return trail_field_json(key, key_size, text, size);
}

static void log_members(const cJSON *object, const char *text)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    struct trail_field *fields = calloc(count + 1, sizeof(*fields));
    const cJSON *item;
    size_t at = 0;

    if (fields == NULL) {
        return;
    }
    text = strchr(text, '{') + 1;
    cJSON_ArrayForEach(item, object)
    {
        const char *value = find_value(text);
        const char *end = skip_value(value);
        fields[at++] = make_field(item, value, (size_t)(end - value));
        text = end + 1;
    }
    trail_emit(NULL, TRAIL_LEVEL_INFO, "fields_received", sizeof("fields_received") - 1, NULL,
               fields, count);
    free(fields);
}

bool hello_log_fields(char *text, size_t size)
{
    const char *end = NULL;
    bool readable = strlen(text) == size && json_is_shallow(text, size, JSON_DEPTH_MAX);

    mend_surrogates(text);
    cJSON *object = readable ? cJSON_ParseWithOpts(text, &end, true) : NULL;
    bool is_object = cJSON_IsObject(object);

    if (is_object) {
        log_members(object, text);
    }
    cJSON_Delete(object);
    return is_object;
}
