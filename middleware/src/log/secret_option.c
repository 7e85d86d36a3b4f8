/* Log: secrets on command lines, behind an option that is a sensitive key: `--password x`, also in
 * a list of arguments, `["--password", "x"]`. What follows in prose is a word of the language. */
#include "log/secret.h"

#include "log/redact.h"

#include <string.h>

/* Shorter options, -p, have too many meanings. */
#define NAME_MIN 3

/* Words that follow an option in a sentence about it. */
static bool is_prose(const char *word, size_t size)
{
    static const char *const words[] = {
        "a",        "all",      "also",    "an",      "and",     "are",   "argument",  "arguments",
        "as",       "at",       "be",      "because", "but",     "by",    "can",       "cannot",
        "could",    "did",      "do",      "does",    "expects", "file",  "flag",      "flags",
        "for",      "from",     "given",   "had",     "has",     "have",  "if",        "in",
        "instead",  "into",     "invalid", "is",      "it",      "its",   "may",       "means",
        "missing",  "must",     "need",    "needed",  "needs",   "no",    "nor",       "not",
        "of",       "on",       "only",    "option",  "options", "or",    "parameter", "should",
        "required", "requires", "set",     "so",      "takes",   "than",  "that",      "the",
        "then",     "this",     "to",      "unless",  "until",   "unset", "use",       "used",
        "value",    "values",   "via",     "was",     "were",    "when",  "where",     "which",
        "while",    "will",     "with",    "without", "would",   "you",   "your",
    };

    while (size > 0 && trl_secret_is_one_of(word[size - 1], ".:!?")) {
        size--;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == size && memcmp(word, words[i], size) == 0) {
            return true;
        }
    }
    return size == 0;
}

/* The end of an argument's blanks; a zero byte stands between the arguments that Linux shows. */
static size_t skip_blanks(const struct trl_place *place, size_t at)
{
    while (at < place->size &&
           (place->text[at] == ' ' || place->text[at] == '\t' || place->text[at] == '\0')) {
        at++;
    }
    return at;
}

/* Of a quote at at, with the backslash before it; 0 if there is none. */
static size_t quote_size(const struct trl_place *place, size_t at)
{
    size_t backslash = at < place->size && place->text[at] == '\\' ? 1 : 0;
    size_t size = at + backslash < place->size ? trl_secret_quote_size(place->text + at + backslash,
                                                                       place->size - at - backslash)
                                               : 0;

    return size != 0 ? backslash + size : 0;
}

/* Where the next argument begins, behind the end of an option; size, if none does. */
static size_t next_argument(const struct trl_place *place, size_t end)
{
    size_t quote = quote_size(place, end);
    size_t at = skip_blanks(place, end + quote);

    if (quote == 0) {
        return at > end ? at : place->size;
    }
    bool comma = at < place->size && place->text[at] == ',';
    at = skip_blanks(place, at + (comma ? 1 : 0));
    return comma && quote_size(place, at) != 0 ? at : place->size;
}

bool trl_secret_option(const struct trl_place *place, struct trl_part *ret_part)
{
    const char *text = place->text;
    size_t name = place->at + 1;
    size_t begin =
        place->at > place->from && text[place->at - 1] == '-' ? place->at - 1 : place->at;

    if (name >= place->size || !(trl_is_alpha(text[name]) || trl_redact_may_have(text[name])) ||
        !trl_secret_begins_word(place, begin)) {
        return false;
    }
    size_t end = trl_secret_option_end(place, begin, name);
    size_t value =
        end < place->size && end - name >= NAME_MIN ? next_argument(place, end) : place->size;
    if (value == place->size || trl_secret_is_one_of(text[value], "-<") ||
        trl_redact_classify(text + name, end - name) != TRL_REDACT_VALUE ||
        !trl_secret_value(place, value, (struct trl_value_form){.line = false}, ret_part)) {
        return false;
    }
    if (ret_part->begin != value) {
        return true;
    }
    ret_part->end = value + strnlen(text + value, ret_part->end - value);
    return !is_prose(text + value, ret_part->end - value);
}
