/* Log: which keys stand for secrets. A key is a compound, and its last word says what the value is:
 * `userPassword` is a password, `passwordResetAt` a time, `tokenCount` a number. */
#include "log/redact.h"

#include "core/ascii.h"
#include "core/word.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longer keys are judged by their last bytes: what stands before has no say. */
#define SQUASHED_MAX 128

/* The last bytes of a text, which are compared at once. */
#define TAIL 8

/* A key without separators, in lower case. */
struct squashed {
    char room[TAIL + SQUASHED_MAX]; /* the text, behind zeros */
    unsigned char at[SQUASHED_MAX]; /* where in the key, behind what is skipped, each stood */
    size_t size;
    size_t whole_size; /* before suffixes were taken off */
    const char *key;
    size_t key_size;
    size_t skipped;
};

/* A set of configured keys, squashed, each with its terminator. */
struct key_set {
    char *words;
    size_t size;
};

static struct key_set extra_keys;
static struct key_set allowed_keys;
unsigned trl_redact_generation_;

/* What a key's last word makes of it, the stronger last. */
enum role {
    SUFFIX, /* follows a secret's name without changing what the value is */
    TEXT,   /* a secret as a text, harmless as a number or an object */
    VALUE,  /* a secret */
    QUERY,  /* keys and values themselves; whole keys only */
};

struct word {
    uint64_t tail; /* as trl_load_8() has it, with zeros before a shorter word */
    uint64_t tail_mask;
    const char *text;
    unsigned char size;
    unsigned char role;
    bool whole; /* no other word's end: shipping is no pin */
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TAIL_SHIFT(from_end) (8 * (TAIL - 1 - (from_end)))
#else
#define TAIL_SHIFT(from_end) (8 * (from_end))
#endif

/* One byte of a tail, of either the text or the mask. */
#define TAIL_BYTE(text, byte, from_end)                                                            \
    ((from_end) < sizeof(text) - 1 ? (uint64_t)(byte) << TAIL_SHIFT(from_end) : 0)
#define TAIL_CHAR(text, from_end)                                                                  \
    TAIL_BYTE(text, (text)[sizeof(text) - 2 - (from_end) % (sizeof(text) - 1)], from_end)
#define TAIL_ONES(text, from_end) TAIL_BYTE(text, 0xFF, from_end)
#define TAIL_OF(part, text)                                                                        \
    (part(text, 0) | part(text, 1) | part(text, 2) | part(text, 3) | part(text, 4) |               \
     part(text, 5) | part(text, 6) | part(text, 7))

#define ENTRY(text, role, whole)                                                                   \
    {                                                                                              \
        TAIL_OF(TAIL_CHAR, text), TAIL_OF(TAIL_ONES, text), text, sizeof(text) - 1, role, whole    \
    }
#define ENDING(text)    ENTRY(text, VALUE, false) /* long enough to be no other word's end */
#define WORD(text)      ENTRY(text, VALUE, true)
#define TEXT_WORD(text) ENTRY(text, TEXT, true)
#define SUFFIX(text)    ENTRY(text, SUFFIX, false)
#define WHOLE(text)     ENTRY(text, QUERY, true)

static const enum trl_redact_class class_of[] = {
    [TEXT] = TRL_REDACT_TEXT, [VALUE] = TRL_REDACT_VALUE, [QUERY] = TRL_REDACT_QUERY};

/* By their last character. */
static const struct word in_4[] = {SUFFIX("base64"), SUFFIX("b64")};
static const struct word in_a[] = {ENDING("clientkeydata")};
static const struct word in_c[] = {WORD("cvc"), WORD("csc")};
static const struct word in_d[] = {ENDING("password"), ENDING("passwd"),     ENDING("rootpwd"),
                                   ENDING("adminpwd"), ENDING("bindpwd"),    ENDING("userpwd"),
                                   ENDING("dbpwd"),    ENDING("creditcard"), ENDING("sessionid"),
                                   ENDING("sessid"),   WORD("pwd"),          WORD("sid"),
                                   WORD("cred"),       SUFFIX("encoded"),    SUFFIX("old")};
static const struct word in_e[] = {ENDING("passphrase"),       ENDING("passcode"),
                                   ENDING("motdepasse"),       ENDING("cookie"),
                                   ENDING("secretkeybase"),    ENDING("securitycode"),
                                   ENDING("onetimecode"),      ENDING("authcode"),
                                   ENDING("verificationcode"), ENDING("authorizationcode"),
                                   ENDING("recoverycode"),     ENDING("backupcode"),
                                   ENDING("mfacode"),          ENDING("otpcode"),
                                   ENDING("signature"),        SUFFIX("value")};
static const struct word in_f[] = {WORD("csrf"), WORD("xsrf")};
static const struct word in_g[] = {ENDING("connectionstring"), WORD("sig"), SUFFIX("string"),
                                   WHOLE("querystring")};
static const struct word in_h[] = {TEXT_WORD("auth"), SUFFIX("hash")};
static const struct word in_k[] = {WORD("psk")};
static const struct word in_l[] = {ENDING("credential")};
static const struct word in_m[] = {ENDING("cardnum"), SUFFIX("confirm"), SUFFIX("pem"),
                                   WHOLE("form")};
static const struct word in_n[] = {
    ENDING("token"),      ENDING("authorization"), WORD("pin"),     WORD("pan"),    WORD("ssn"),
    TEXT_WORD("session"), SUFFIX("confirmation"),  SUFFIX("again"), SUFFIX("plain")};
static const struct word in_o[] = {ENDING("cardno")};
static const struct word in_p[] = {WORD("otp"), WORD("totp")};
static const struct word in_r[] = {ENDING("cardnumber"),   ENDING("ccnumber"),
                                   ENDING("codeverifier"), ENDING("socialsecuritynumber"),
                                   WORD("bearer"),         SUFFIX("header")};
static const struct word in_s[] = {
    ENDING("passwords"),    ENDING("secrets"),     ENDING("cookies"),       ENDING("credentials"),
    ENDING("apikeys"),      ENDING("privatekeys"), ENDING("recoverycodes"), ENDING("backupcodes"),
    WORD("creds"),          TEXT_WORD("pass"),     TEXT_WORD("tokens"),     TEXT_WORD("rootpass"),
    TEXT_WORD("adminpass"), TEXT_WORD("userpass"), TEXT_WORD("dbpass"),     TEXT_WORD("smtppass"),
    TEXT_WORD("storepass"), TEXT_WORD("keypass"),  TEXT_WORD("sshpass")};
static const struct word in_t[] = {ENDING("passwort"), ENDING("kennwort"), ENDING("secret"),
                                   WORD("jwt"),        SUFFIX("repeat"),   SUFFIX("text"),
                                   SUFFIX("digest"),   SUFFIX("current")};
static const struct word in_v[] = {WORD("cvv")};
static const struct word in_w[] = {ENDING("rootpw"), ENDING("adminpw"), ENDING("bindpw"),
                                   ENDING("userpw"), ENDING("dbpw"),    WORD("pw"),
                                   WORD("psw"),      SUFFIX("raw"),     SUFFIX("new")};
static const struct word in_x[] = {SUFFIX("hex")};
static const struct word in_y[] = {ENDING("apikey"),
                                   ENDING("privatekey"),
                                   ENDING("secretkey"),
                                   ENDING("accesskey"),
                                   ENDING("signingkey"),
                                   ENDING("encryptionkey"),
                                   ENDING("decryptionkey"),
                                   ENDING("masterkey"),
                                   ENDING("authkey"),
                                   ENDING("sshkey"),
                                   ENDING("hmackey"),
                                   ENDING("accountkey"),
                                   ENDING("subscriptionkey"),
                                   ENDING("functionskey"),
                                   ENDING("presharedkey"),
                                   ENDING("licensekey"),
                                   ENDING("licencekey"),
                                   ENDING("privkey"),
                                   WHOLE("query"),
                                   WHOLE("formbody")};

#define LIST(words)                                                                                \
    {                                                                                              \
        words, sizeof(words) / sizeof((words)[0])                                                  \
    }

/* At that character. */
static const struct {
    const struct word *words;
    size_t count;
} dictionary['z' + 1] = {
    ['4'] = LIST(in_4), ['a'] = LIST(in_a), ['c'] = LIST(in_c), ['d'] = LIST(in_d),
    ['e'] = LIST(in_e), ['f'] = LIST(in_f), ['g'] = LIST(in_g), ['h'] = LIST(in_h),
    ['k'] = LIST(in_k), ['l'] = LIST(in_l), ['m'] = LIST(in_m), ['n'] = LIST(in_n),
    ['o'] = LIST(in_o), ['p'] = LIST(in_p), ['r'] = LIST(in_r), ['s'] = LIST(in_s),
    ['t'] = LIST(in_t), ['v'] = LIST(in_v), ['w'] = LIST(in_w), ['x'] = LIST(in_x),
    ['y'] = LIST(in_y)};

/* For each letter that a word ends in, those that stand before it; any before the b of b64. */
#define BIT(letter) (UINT32_C(1) << (letter) % 32)
#define ENDS                                                                                       \
    {                                                                                              \
        ['a' % 32] = BIT('t'), ['b' % 32] = UINT32_MAX, ['c' % 32] = BIT('s') | BIT('v'),          \
               ['d' % 32] = BIT('e') | BIT('i') | BIT('l') | BIT('r') | BIT('w'),                  \
               ['e' % 32] = BIT('d') | BIT('i') | BIT('r') | BIT('s') | BIT('u'),                  \
               ['f' % 32] = BIT('r'), ['g' % 32] = BIT('i') | BIT('n'),                            \
               ['h' % 32] = BIT('s') | BIT('t'), ['k' % 32] = BIT('s'), ['l' % 32] = BIT('a'),     \
               ['m' % 32] = BIT('e') | BIT('r') | BIT('u'),                                        \
               ['n' % 32] = BIT('a') | BIT('e') | BIT('i') | BIT('o') | BIT('s'),                  \
               ['o' % 32] = BIT('n'), ['p' % 32] = BIT('t'), ['r' % 32] = BIT('e'),                \
               ['s' % 32] =                                                                        \
                   BIT('d') | BIT('e') | BIT('l') | BIT('n') | BIT('s') | BIT('t') | BIT('y'),     \
               ['t' % 32] =                                                                        \
                   BIT('a') | BIT('e') | BIT('n') | BIT('r') | BIT('s') | BIT('w') | BIT('x'),     \
               ['v' % 32] = BIT('v'), ['w' % 32] = BIT('a') | BIT('e') | BIT('p') | BIT('s'),      \
               ['x' % 32] = BIT('e'), ['y' % 32] = BIT('d') | BIT('e') | BIT('r'),                 \
    }

static const uint32_t word_ends[32] = ENDS;
uint32_t trl_redact_ends_[32] = ENDS;

/* Turn what follows into a question. */
static const char *const questions[] = {"has", "is", "needs", "requires", "can", "should", "uses"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of a word: a letter of whatever script, or a digit. */
static inline bool is_part(char c)
{
    /* A bit for each character below '@', and for each from there on. */
    unsigned char byte = (unsigned char)c;
    uint64_t set = byte < '@' ? UINT64_C(0x03FF000000000000) : UINT64_C(0x07FFFFFE07FFFFFE);

    return byte >= 0x80 || (set >> (byte & 63) & 1) != 0;
}

static void squash(struct squashed *squashed, const char *key, size_t size)
{
    size_t skipped = size > SQUASHED_MAX ? size - SQUASHED_MAX : 0;
    size_t used = 0;

    memset(squashed->room, 0, TAIL);
    for (size_t i = skipped; i < size; i++) {
        squashed->room[TAIL + used] = trl_to_lower(key[i]);
        squashed->at[used] = (unsigned char)(i - skipped);
        used += is_part(key[i]) ? 1 : 0;
    }
    squashed->key = key;
    squashed->key_size = size;
    squashed->skipped = skipped;
    squashed->size = used;
    squashed->whole_size = used;
}

static const char *text_of(const struct squashed *squashed)
{
    return squashed->room + TAIL;
}

/* Whether a word begins with this character of the squashed key. */
static bool starts_word(const struct squashed *squashed, size_t index)
{
    const char *key = squashed->key;
    size_t at = squashed->skipped + squashed->at[index];
    char before = at > 0 ? key[at - 1] : '.';
    bool next_is_lower = at + 1 < squashed->key_size && trl_is_lower(key[at + 1]);

    return !is_part(before) || (trl_is_upper(key[at]) && (!trl_is_upper(before) || next_is_lower));
}

/* Whether what is left of a key ends in a word; its tail does. */
static bool ends_in(const struct squashed *squashed, const struct word *word)
{
    size_t size = word->size;

    return size <= squashed->size &&
           (size <= TAIL ||
            memcmp(text_of(squashed) + squashed->size - size, word->text, size) == 0) &&
           (!word->whole || starts_word(squashed, squashed->size - size)) &&
           (word->role != QUERY || size == squashed->whole_size);
}

/* The word that what is left of a key ends in, of those that are in the dictionary the one that
 * says most; NULL if there is none. */
static const struct word *last_word(const struct squashed *squashed)
{
    uint64_t tail = trl_load_8(squashed->room + squashed->size);
    unsigned char before = (unsigned char)squashed->room[TAIL + squashed->size - 2];
    unsigned char last = (unsigned char)squashed->room[TAIL + squashed->size - 1];
    const struct word *found = NULL;

    if (last > 'z' || (last >= 'a' && (word_ends[last % 32] & BIT(before)) == 0)) {
        return NULL;
    }
    for (size_t i = 0; i < dictionary[last].count; i++) {
        const struct word *word = &dictionary[last].words[i];
        if (((tail ^ word->tail) & word->tail_mask) == 0 &&
            (found == NULL || word->role > found->role) && ends_in(squashed, word)) {
            found = word;
        }
    }
    return found;
}

/* Takes one suffix off, or digits: passwordConfirmation, newPassword2. */
static bool strip_suffix(struct squashed *squashed, const struct word *suffix)
{
    size_t before = squashed->size;

    if (suffix != NULL && suffix->size < before) {
        squashed->size -= suffix->size;
        return true;
    }
    while (squashed->size > 1 && trl_is_digit(text_of(squashed)[squashed->size - 1])) {
        squashed->size--;
    }
    return squashed->size < before;
}

static bool is_question(const struct squashed *squashed)
{
    for (size_t i = 0; i < COUNT(questions); i++) {
        size_t size = strlen(questions[i]);
        if (size < squashed->whole_size && memcmp(text_of(squashed), questions[i], size) == 0 &&
            starts_word(squashed, size)) {
            return true;
        }
    }
    return false;
}

static enum trl_redact_class judge(struct squashed *squashed)
{
    const struct word *word;

    do {
        word = last_word(squashed);
        if (word != NULL && word->role != SUFFIX) {
            return is_question(squashed) ? TRL_REDACT_NOT : class_of[word->role];
        }
    } while (strip_suffix(squashed, word));
    return TRL_REDACT_NOT;
}

static bool set_has(const struct key_set *set, const struct squashed *squashed)
{
    size_t size;

    for (size_t at = 0; at < set->size; at += size + 1) {
        size = strlen(set->words + at);
        if (size == squashed->size && memcmp(set->words + at, text_of(squashed), size) == 0) {
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
            memcpy(set->words + set->size, text_of(&squashed), squashed.size);
            set->size += squashed.size;
            set->words[set->size++] = '\0';
        }
        text += text[size] == ',' ? size + 1 : size;
    }
    return true;
}

/* Of those behind whose letters only digits stand. One that ends in anything but two letters may be
 * any that ends in the last. */
static void collect_ends(uint32_t ends[32], const struct key_set *set)
{
    size_t size;

    memcpy(ends, word_ends, sizeof(word_ends));
    for (size_t at = 0; at < set->size; at += size + 1) {
        const char *key = set->words + at;
        size = strlen(key);
        size_t end = size;
        while (end > 1 && trl_is_digit(key[end - 1])) {
            end--;
        }
        bool two = end >= 2 && trl_is_lower(key[end - 2]);
        ends[(unsigned char)key[end - 1] % 32] |= two ? BIT(key[end - 2]) : UINT32_MAX;
    }
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
    collect_ends(trl_redact_ends_, &extra_keys);
    return TRAIL_OK;
}

enum trl_redact_class trl_redact_classify(const char *key, size_t size)
{
    struct squashed squashed;

    if (allowed_keys.size == 0 && size >= 2 && trl_is_alpha(key[size - 2]) &&
        trl_is_alpha(key[size - 1]) && !trl_redact_may_end(key[size - 2], key[size - 1])) {
        return TRL_REDACT_NOT;
    }
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
