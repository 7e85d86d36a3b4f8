/* Log: which keys stand for secrets. A key is a compound, and its last word says what the value is:
 * `userPassword` is a password, `passwordResetAt` a time, `tokenCount` a number. */
#include "log/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longer keys are judged by their last bytes: what stands before has no say. */
#define SQUASHED_MAX 128

/* A key without separators, in lower case. */
struct squashed {
    char text[SQUASHED_MAX];
    bool starts_word[SQUASHED_MAX];
    size_t size;
};

/* A set of configured keys, squashed, each with its terminator. */
struct key_set {
    char *words;
    size_t size;
};

static struct key_set extra_keys;
static struct key_set allowed_keys;
unsigned trl_redact_generation_;

/* Long enough to be no other word's end. */
static const char *const endings[] = {
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "apikey",
    "apikeys",
    "privatekey",
    "privatekeys",
    "secretkey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "authkey",
    "sshkey",
    "hmackey",
    "accountkey",
    "cardnumber",
    "creditcard",
    "ccnumber",
    "cardno",
    "securitycode",
    "onetimecode",
    "verificationcode",
    "recoverycode",
    "recoverycodes",
    "backupcode",
    "backupcodes",
    "mfacode",
    "otpcode",
    "sessionid",
    "sessid",
    "signature",
    "socialsecuritynumber",
    "connectionstring",
};

/* Whole words only: shipping is no pin. */
static const char *const words[] = {"pwd",  "pw",   "psw",  "pin",   "otp",   "totp", "cvv",
                                    "cvc",  "csc",  "pan",  "ssn",   "jwt",   "sid",  "sig",
                                    "csrf", "xsrf", "cred", "creds", "bearer"};

/* Secrets as texts, harmless as numbers or objects; whole words. */
static const char *const text_words[] = {"pass", "tokens", "session", "auth"};

/* Follow a secret's name without changing what the value is. */
static const char *const suffixes[] = {"confirmation", "confirm", "repeat", "again",  "value",
                                       "text",         "plain",   "raw",    "hash",   "digest",
                                       "string",       "header",  "base64", "b64",    "hex",
                                       "encoded",      "old",     "new",    "current"};

/* Turn what follows into a question. */
static const char *const questions[] = {"has", "is", "needs", "requires", "can", "should", "uses"};

/* Values that are lists of keys and values themselves. */
static const char *const queries[] = {"query", "querystring", "form", "formbody"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_word_start(const char *key, size_t at, size_t size)
{
    unsigned char here = (unsigned char)key[at];
    unsigned char before = at > 0 ? (unsigned char)key[at - 1] : '.';
    bool next_is_lower = at + 1 < size && islower((unsigned char)key[at + 1]);

    return !(isalnum(before) || before >= 0x80) ||
           (isupper(here) && (!isupper(before) || next_is_lower));
}

static void squash(struct squashed *squashed, const char *key, size_t size)
{
    squashed->size = 0;
    for (size_t at = size > SQUASHED_MAX ? size - SQUASHED_MAX : 0; at < size; at++) {
        unsigned char byte = (unsigned char)key[at];
        if (isalnum(byte) || byte >= 0x80) {
            squashed->starts_word[squashed->size] = is_word_start(key, at, size);
            squashed->text[squashed->size++] = (char)tolower(byte);
        }
    }
}

static bool ends_in(const struct squashed *squashed, const char *word, size_t size)
{
    return size <= squashed->size && squashed->text[squashed->size - 1] == word[size - 1] &&
           memcmp(squashed->text + squashed->size - size, word, size) == 0;
}

static bool ends_in_any(const struct squashed *squashed, const char *const *list, size_t count,
                        bool whole_word)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(list[i]);
        if (ends_in(squashed, list[i], size) &&
            (!whole_word || squashed->starts_word[squashed->size - size])) {
            return true;
        }
    }
    return false;
}

/* Takes one suffix off, and digits: newPassword2, passwordConfirmation. */
static bool strip_suffix(struct squashed *squashed)
{
    size_t before = squashed->size;

    while (squashed->size > 1 && isdigit((unsigned char)squashed->text[squashed->size - 1])) {
        squashed->size--;
    }
    for (size_t i = 0; i < COUNT(suffixes) && before == squashed->size; i++) {
        size_t size = strlen(suffixes[i]);
        if (size < squashed->size && ends_in(squashed, suffixes[i], size)) {
            squashed->size -= size;
        }
    }
    return squashed->size < before;
}

static bool is_question(const struct squashed *squashed)
{
    for (size_t i = 0; i < COUNT(questions); i++) {
        size_t size = strlen(questions[i]);
        if (size < squashed->size && squashed->starts_word[size] &&
            memcmp(squashed->text, questions[i], size) == 0) {
            return true;
        }
    }
    return false;
}

static enum trl_redact_class judge(struct squashed *squashed)
{
    for (size_t i = 0; i < COUNT(queries); i++) {
        if (squashed->size == strlen(queries[i]) && ends_in(squashed, queries[i], squashed->size)) {
            return TRL_REDACT_QUERY;
        }
    }
    if (is_question(squashed)) {
        return TRL_REDACT_NOT;
    }
    do {
        if (ends_in_any(squashed, endings, COUNT(endings), false) ||
            ends_in_any(squashed, words, COUNT(words), true)) {
            return TRL_REDACT_VALUE;
        }
        if (ends_in_any(squashed, text_words, COUNT(text_words), true)) {
            return TRL_REDACT_TEXT;
        }
    } while (strip_suffix(squashed));
    return TRL_REDACT_NOT;
}

static bool set_has(const struct key_set *set, const struct squashed *squashed)
{
    for (const char *word = set->words; word < set->words + set->size; word += strlen(word) + 1) {
        if (strlen(word) == squashed->size && memcmp(word, squashed->text, squashed->size) == 0) {
            return true;
        }
    }
    return false;
}

/* No key is squashed to more bytes than it has, and its comma makes room for the terminator. */
static bool parse_keys(struct key_set *set, const char *text)
{
    *set = (struct key_set){NULL, 0};
    if (text == NULL || *text == '\0') {
        return true;
    }
    set->words = malloc(strlen(text) + 1);
    if (set->words == NULL) {
        return false;
    }
    while (*text != '\0') {
        struct squashed squashed;
        size_t size = strcspn(text, ",");
        squash(&squashed, text, size);
        if (squashed.size > 0) {
            memcpy(set->words + set->size, squashed.text, squashed.size);
            set->size += squashed.size;
            set->words[set->size++] = '\0';
        }
        text += text[size] == ',' ? size + 1 : size;
    }
    return true;
}

enum trail_status trl_redact_configure(const char *keys, const char *allowed)
{
    struct key_set new_extra;
    struct key_set new_allowed;

    if (!parse_keys(&new_extra, keys)) {
        return TRAIL_ERR_NOMEM;
    }
    if (!parse_keys(&new_allowed, allowed)) {
        free(new_extra.words);
        return TRAIL_ERR_NOMEM;
    }
    free(extra_keys.words);
    free(allowed_keys.words);
    extra_keys = new_extra;
    allowed_keys = new_allowed;
    trl_redact_generation_++;
    return TRAIL_OK;
}

enum trl_redact_class trl_redact_classify(const char *key, size_t size)
{
    struct squashed squashed;

    squash(&squashed, key, size);
    if (squashed.size == 0) {
        return TRL_REDACT_NOT;
    }
    if (set_has(&allowed_keys, &squashed)) {
        return TRL_REDACT_ALLOWED;
    }
    if (set_has(&extra_keys, &squashed)) {
        return TRL_REDACT_VALUE;
    }
    return judge(&squashed);
}
