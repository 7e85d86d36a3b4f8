/* Setup: words, numbers, sizes and lists as they stand in options and variables. No reader follows
 * the locale. */
#include "setup/values.h"

#include "core/ascii.h"
#include "core/utf8.h"

#include <string.h>

enum { ITEM_MAX = 256 };

enum trail_status trl_value_read_word(const char *text, const struct trl_value_word *words,
                                      int *ret_number)
{
    for (; words->word != NULL; words++) {
        if (trl_strcasecmp(text, words->word) == 0) {
            *ret_number = words->number;
            return TRAIL_OK;
        }
    }
    return TRAIL_ERR_MALFORMED;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Reads digits at *text and moves it behind them. */
static bool read_digits(const char **text, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (!is_digit(**text)) {
        return false;
    }
    for (; is_digit(**text); (*text)++) {
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(**text - '0'), &number)) {
            return false;
        }
    }
    *ret_number = number;
    return true;
}

enum trail_status trl_value_read_number(const char *text, uint64_t minimum, uint64_t maximum,
                                        uint64_t *ret_number)
{
    uint64_t number;

    if (!read_digits(&text, &number) || *text != '\0' || number < minimum || number > maximum) {
        return TRAIL_ERR_MALFORMED;
    }
    *ret_number = number;
    return TRAIL_OK;
}

enum trail_status trl_value_read_size(const char *text, uint64_t minimum, uint64_t maximum,
                                      uint64_t *ret_size)
{
    static const struct trl_value_word units[] = {
        {"", 0},   {"b", 0},    {"k", 10},  {"kib", 10}, {"m", 20},  {"mib", 20},
        {"g", 30}, {"gib", 30}, {"kb", -1}, {"mb", -2},  {"gb", -3}, {NULL, 0},
    };
    uint64_t size;
    int unit;

    if (!read_digits(&text, &size)) {
        return TRAIL_ERR_MALFORMED;
    }
    text += strspn(text, " \t");
    if (trl_value_read_word(text, units, &unit) != TRAIL_OK) {
        return TRAIL_ERR_MALFORMED;
    }
    uint64_t factor = unit >= 0 ? (uint64_t)1 << unit : 1;
    for (; unit < 0; unit++) {
        factor *= 1000;
    }
    if (__builtin_mul_overflow(size, factor, &size) || size < minimum || size > maximum) {
        return TRAIL_ERR_MALFORMED;
    }
    *ret_size = size;
    return TRAIL_OK;
}

enum trail_status trl_value_read_share(const char *text, double *ret_share)
{
    double share = 0;
    double digit_value = 1;
    bool any = is_digit(*text);

    for (; is_digit(*text); text++) {
        share = share * 10 + (*text - '0');
        if (share > 1) {
            return TRAIL_ERR_MALFORMED;
        }
    }
    if (*text == '.') {
        text++;
        any = any || is_digit(*text);
        for (; is_digit(*text); text++) {
            digit_value /= 10;
            share += digit_value * (*text - '0');
        }
    }
    if (!any || *text != '\0' || share > 1) {
        return TRAIL_ERR_MALFORMED;
    }
    *ret_share = share;
    return TRAIL_OK;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static void trim(const char **text, size_t *size)
{
    while (*size > 0 && is_blank(**text)) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && is_blank((*text)[*size - 1])) {
        (*size)--;
    }
}

/* Takes the next item of a list off *text. False at the end. */
static bool next_item(const char **text, const char **ret_item, size_t *ret_size)
{
    while (**text != '\0') {
        size_t size = strcspn(*text, ",");
        *ret_item = *text;
        *ret_size = size;
        *text += size + ((*text)[size] == ',' ? 1 : 0);
        trim(ret_item, ret_size);
        if (*ret_size > 0) {
            return true;
        }
    }
    return false;
}

enum trail_status trl_value_read_list(const char *text, trl_value_item_check *check,
                                      struct trl_settings *settings, struct trl_list *ret_list)
{
    const char *rest = text;
    const char *item;
    size_t size;
    size_t count = 0;

    if (trl_strcasecmp(text, "none") == 0) {
        *ret_list = (struct trl_list){.count = 0};
        return TRAIL_OK;
    }
    while (next_item(&rest, &item, &size)) {
        count++;
    }
    if (count == 0) {
        return TRAIL_ERR_MALFORMED;
    }
    const char **items = trl_settings_alloc(settings, count * sizeof(*items));
    if (items == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    for (size_t i = 0; i < count && next_item(&text, &item, &size); i++) {
        items[i] = trl_settings_copy(settings, item, size);
        if (items[i] == NULL) {
            return TRAIL_ERR_NOMEM;
        }
        if (size > ITEM_MAX || !check(items[i])) {
            return TRAIL_ERR_MALFORMED;
        }
    }
    *ret_list = (struct trl_list){.count = count, .items = items};
    return TRAIL_OK;
}

static bool consists_of(const char *item, const char *others)
{
    for (; *item != '\0'; item++) {
        char lower = (char)(*item | 0x20);
        if (!(lower >= 'a' && lower <= 'z') && !is_digit(*item) && strchr(others, *item) == NULL) {
            return false;
        }
    }
    return true;
}

bool trl_value_is_header_name(const char *item)
{
    return consists_of(item, "!#$%&'*+-.^_`|~");
}

/* What frames a message, belongs to one hop, is a credential, or is another part of the context: a
 * second value in such a field breaks the message, or what is said in it. */
static const char *const taken_headers[] = {"Age",
                                            "Allow",
                                            "Authorization",
                                            "Baggage",
                                            "Cache-Control",
                                            "Connection",
                                            "Cookie",
                                            "Date",
                                            "ETag",
                                            "Expect",
                                            "Expires",
                                            "Forwarded",
                                            "Host",
                                            "Keep-Alive",
                                            "Last-Modified",
                                            "Link",
                                            "Location",
                                            "Origin",
                                            "Pragma",
                                            "Range",
                                            "Referer",
                                            "Retry-After",
                                            "Server",
                                            "Set-Cookie",
                                            "TE",
                                            "Traceparent",
                                            "Tracestate",
                                            "Trailer",
                                            "Upgrade",
                                            "User-Agent",
                                            "Transfer-Encoding",
                                            "Vary",
                                            "Via",
                                            "WWW-Authenticate"};
static const char *const taken_prefixes[] = {
    "Accept", "Access-Control-", "Content-", "If-", "Proxy-", "Sec-", "X-Forwarded-", "X-Trail-"};

bool trl_value_is_id_header(const char *item)
{
    for (size_t i = 0; i < sizeof(taken_headers) / sizeof(taken_headers[0]); i++) {
        if (trl_strcasecmp(item, taken_headers[i]) == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(taken_prefixes) / sizeof(taken_prefixes[0]); i++) {
        if (trl_strncasecmp(item, taken_prefixes[i], strlen(taken_prefixes[i])) == 0) {
            return false;
        }
    }
    return trl_value_is_header_name(item);
}

bool trl_value_is_path(const char *item)
{
    return *item == '/' && trl_value_is_text(item);
}

bool trl_value_is_project(const char *item)
{
    return consists_of(item, ".-_:");
}

/* Labels between single dots, of which the first may be empty. The last is no number: no name ends
 * in one, but an address that was mistyped does. */
static bool is_host_name(const char *item)
{
    const char *dot = strrchr(item, '.');
    const char *last = dot != NULL ? dot + 1 : item;

    return consists_of(item, ".-_") && strstr(item, "..") == NULL &&
           last[strspn(last, "0123456789")] != '\0';
}

bool trl_value_is_host(const char *item)
{
    struct trl_networks networks;
    bool word = trl_strcasecmp(item, "all") == 0 || trl_strcasecmp(item, "none") == 0;

    return !word && (is_host_name(item) || trl_networks_parse(item, &networks) == TRAIL_OK);
}

bool trl_value_is_text(const char *item)
{
    size_t size = strlen(item);

    while (size > 0) {
        size_t taken;
        uint32_t code_point = trl_utf8_decode(item, size, &taken);
        if (trl_utf8_is_unsafe(code_point) || code_point == TRL_UTF8_REPLACEMENT) {
            return false;
        }
        item += taken;
        size -= taken;
    }
    return true;
}
