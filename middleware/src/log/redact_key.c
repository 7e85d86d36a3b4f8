/* Log: which keys stand for secrets. A key is a compound, and its last word says what the value is:
 * `userPassword` is a password, `passwordResetAt` a time, `tokenCount` a number. */
#include "log/redact.h"

#include "core/ascii.h"

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

struct word {
    const char *text;
    size_t size;
    char last; /* compared first: few words have it */
};

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1, (text)[sizeof(text) - 2]                                           \
    }

/* Long enough to be no other word's end. */
static const struct word endings[] = {
    WORD("password"),
    WORD("passwords"),
    WORD("passwd"),
    WORD("passphrase"),
    WORD("passcode"),
    WORD("passwort"),
    WORD("kennwort"),
    WORD("motdepasse"),
    WORD("rootpw"),
    WORD("adminpw"),
    WORD("bindpw"),
    WORD("userpw"),
    WORD("dbpw"),
    WORD("rootpwd"),
    WORD("adminpwd"),
    WORD("bindpwd"),
    WORD("userpwd"),
    WORD("dbpwd"),
    WORD("secret"),
    WORD("secrets"),
    WORD("token"),
    WORD("authorization"),
    WORD("cookie"),
    WORD("cookies"),
    WORD("credential"),
    WORD("credentials"),
    WORD("apikey"),
    WORD("apikeys"),
    WORD("privatekey"),
    WORD("privatekeys"),
    WORD("secretkey"),
    WORD("secretkeybase"),
    WORD("accesskey"),
    WORD("signingkey"),
    WORD("encryptionkey"),
    WORD("decryptionkey"),
    WORD("masterkey"),
    WORD("authkey"),
    WORD("sshkey"),
    WORD("hmackey"),
    WORD("accountkey"),
    WORD("subscriptionkey"),
    WORD("functionskey"),
    WORD("presharedkey"),
    WORD("licensekey"),
    WORD("licencekey"),
    WORD("privkey"),
    WORD("clientkeydata"),
    WORD("cardnumber"),
    WORD("cardnum"),
    WORD("creditcard"),
    WORD("ccnumber"),
    WORD("cardno"),
    WORD("securitycode"),
    WORD("onetimecode"),
    WORD("authcode"),
    WORD("verificationcode"),
    WORD("authorizationcode"),
    WORD("codeverifier"),
    WORD("recoverycode"),
    WORD("recoverycodes"),
    WORD("backupcode"),
    WORD("backupcodes"),
    WORD("mfacode"),
    WORD("otpcode"),
    WORD("sessionid"),
    WORD("sessid"),
    WORD("signature"),
    WORD("socialsecuritynumber"),
    WORD("connectionstring"),
};

/* Whole words only: shipping is no pin. */
static const struct word words[] = {WORD("pwd"),  WORD("pw"),    WORD("psw"),    WORD("pin"),
                                    WORD("otp"),  WORD("totp"),  WORD("cvv"),    WORD("cvc"),
                                    WORD("csc"),  WORD("pan"),   WORD("ssn"),    WORD("jwt"),
                                    WORD("sid"),  WORD("sig"),   WORD("csrf"),   WORD("xsrf"),
                                    WORD("cred"), WORD("creds"), WORD("bearer"), WORD("psk")};

/* Secrets as texts, harmless as numbers or objects; whole words. */
static const struct word text_words[] = {WORD("pass"),      WORD("tokens"),   WORD("session"),
                                         WORD("auth"),      WORD("rootpass"), WORD("adminpass"),
                                         WORD("userpass"),  WORD("dbpass"),   WORD("smtppass"),
                                         WORD("storepass"), WORD("keypass"),  WORD("sshpass")};

/* Follow a secret's name without changing what the value is. */
static const struct word suffixes[] = {
    WORD("confirmation"), WORD("confirm"), WORD("repeat"), WORD("again"), WORD("value"),
    WORD("text"),         WORD("plain"),   WORD("raw"),    WORD("hash"),  WORD("digest"),
    WORD("string"),       WORD("header"),  WORD("base64"), WORD("b64"),   WORD("pem"),
    WORD("hex"),          WORD("encoded"), WORD("old"),    WORD("new"),   WORD("current")};

/* Turn what follows into a question. */
static const struct word questions[] = {WORD("has"),      WORD("is"),  WORD("needs"),
                                        WORD("requires"), WORD("can"), WORD("should"),
                                        WORD("uses")};

/* Values that are lists of keys and values themselves. */
static const struct word queries[] = {WORD("query"), WORD("querystring"), WORD("form"),
                                      WORD("formbody")};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of a word: a letter of whatever script, or a digit. */
static bool is_part(char c)
{
    return trl_is_alnum(c) || (unsigned char)c >= 0x80;
}

static bool is_word_start(const char *key, size_t at, size_t size)
{
    char before = at > 0 ? key[at - 1] : '.';
    bool next_is_lower = at + 1 < size && trl_is_lower(key[at + 1]);

    return !is_part(before) || (trl_is_upper(key[at]) && (!trl_is_upper(before) || next_is_lower));
}

static void squash(struct squashed *squashed, const char *key, size_t size)
{
    squashed->size = 0;
    for (size_t at = size > SQUASHED_MAX ? size - SQUASHED_MAX : 0; at < size; at++) {
        if (is_part(key[at])) {
            squashed->starts_word[squashed->size] = is_word_start(key, at, size);
            squashed->text[squashed->size++] = trl_to_lower(key[at]);
        }
    }
}

static inline bool ends_in(const struct squashed *squashed, const struct word *word)
{
    return squashed->text[squashed->size - 1] == word->last && word->size <= squashed->size &&
           memcmp(squashed->text + squashed->size - word->size, word->text, word->size) == 0;
}

static bool ends_in_any(const struct squashed *squashed, const struct word *list, size_t count,
                        bool whole_word)
{
    for (size_t i = 0; i < count; i++) {
        if (ends_in(squashed, &list[i]) &&
            (!whole_word || squashed->starts_word[squashed->size - list[i].size])) {
            return true;
        }
    }
    return false;
}

/* Takes one suffix off, or digits: passwordConfirmation, newPassword2. */
static bool strip_suffix(struct squashed *squashed)
{
    size_t before = squashed->size;

    for (size_t i = 0; i < COUNT(suffixes); i++) {
        if (suffixes[i].size < squashed->size && ends_in(squashed, &suffixes[i])) {
            squashed->size -= suffixes[i].size;
            return true;
        }
    }
    while (squashed->size > 1 && trl_is_digit(squashed->text[squashed->size - 1])) {
        squashed->size--;
    }
    return squashed->size < before;
}

static bool is_question(const struct squashed *squashed)
{
    for (size_t i = 0; i < COUNT(questions); i++) {
        size_t size = questions[i].size;
        if (size < squashed->size && squashed->starts_word[size] &&
            memcmp(squashed->text, questions[i].text, size) == 0) {
            return true;
        }
    }
    return false;
}

static enum trl_redact_class judge(struct squashed *squashed)
{
    for (size_t i = 0; i < COUNT(queries); i++) {
        if (squashed->size == queries[i].size && ends_in(squashed, &queries[i])) {
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
    size_t size;

    for (size_t at = 0; at < set->size; at += size + 1) {
        size = strlen(set->words + at);
        if (size == squashed->size && memcmp(set->words + at, squashed->text, size) == 0) {
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

static bool sets_equal(const struct key_set *left, const struct key_set *right)
{
    return left->size == right->size &&
           (left->size == 0 || memcmp(left->words, right->words, left->size) == 0);
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
    if (!sets_equal(&new_extra, &extra_keys) || !sets_equal(&new_allowed, &allowed_keys)) {
        trl_redact_generation_++;
    }
    free(extra_keys.words);
    free(allowed_keys.words);
    extra_keys = new_extra;
    allowed_keys = new_allowed;
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
