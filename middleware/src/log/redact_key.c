/* Log: which keys stand for secrets. A key is a compound, and its last word says what the value is:
 * `userPassword` is a password, `passwordResetAt` a time, `tokenCount` a number. */
#include "log/redact.h"

#include "core/ascii.h"
#include "core/block.h"
#include "core/word.h"
#include "log/redact_word.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longer keys are judged by their last bytes: what stands before has no say. */
#define SQUASHED_MAX 128

/* A key without separators, in lower case. */
struct squashed {
    char room[TRL_WORD_TAIL + SQUASHED_MAX]; /* the text, behind zeros */
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
bool trl_redact_beyond_ascii_;

static const enum trl_redact_class class_of[] = {[TRL_WORD_TEXT] = TRL_REDACT_TEXT,
                                                 [TRL_WORD_VALUE] = TRL_REDACT_VALUE,
                                                 [TRL_WORD_QUERY] = TRL_REDACT_QUERY};

/* Turn what follows into a question. */
static const char *const questions[] = {"has", "is", "needs", "requires", "can", "should", "uses"};
static const char question_letters[] = "hinrcsu"; /* that those begin with */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of a word: a letter of whatever script, or a digit. */
static inline bool is_part(char c)
{
    /* A bit for each character below '@', and for each from there on. */
    unsigned char byte = (unsigned char)c;
    uint64_t set = byte < '@' ? UINT64_C(0x03FF000000000000) : UINT64_C(0x07FFFFFE07FFFFFE);

    return byte >= 0x80 || (set >> (byte & 63) & 1) != 0;
}

#ifdef __SSE2__

/* Most keys are a few letters and digits. False: this one is not, and nothing is of use. */
static inline bool squash_short(struct squashed *squashed, const char *key, size_t size)
{
    if (size > TRL_BLOCK) {
        return false;
    }
    trl_block block = size == TRL_BLOCK ? trl_block_load(key) : trl_block_load_short(key, size);
    trl_block lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
    trl_block letters = trl_block_between(lower, 'a', 'z');
    trl_block parts = _mm_or_si128(letters, trl_block_between(block, '0', '9'));

    if ((~(uint32_t)_mm_movemask_epi8(parts) & trl_block_first(size)) != 0) {
        return false;
    }
    trl_block_store(squashed->room + TRL_WORD_TAIL,
                    _mm_or_si128(block, _mm_and_si128(letters, _mm_set1_epi8(0x20))));
    _mm_storeu_si128((__m128i *)(void *)squashed->at,
                     _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    squashed->size = size;
    return true;
}

#else

static inline bool squash_short(struct squashed *squashed, const char *key, size_t size)
{
    (void)squashed, (void)key, (void)size;
    return false;
}

#endif

static void squash_each(struct squashed *squashed, const char *key, size_t size)
{
    size_t used = 0;

    for (size_t i = squashed->skipped; i < size; i++) {
        squashed->room[TRL_WORD_TAIL + used] = trl_to_lower(key[i]);
        squashed->at[used] = (unsigned char)(i - squashed->skipped);
        used += is_part(key[i]) ? 1 : 0;
    }
    squashed->size = used;
}

static void squash(struct squashed *squashed, const char *key, size_t size)
{
    memset(squashed->room, 0, TRL_WORD_TAIL);
    squashed->key = key;
    squashed->key_size = size;
    squashed->skipped = size > SQUASHED_MAX ? size - SQUASHED_MAX : 0;
    if (!squash_short(squashed, key, size)) {
        squash_each(squashed, key, size);
    }
    squashed->whole_size = squashed->size;
}

static const char *text_of(const struct squashed *squashed)
{
    return squashed->room + TRL_WORD_TAIL;
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
static bool ends_in(const struct squashed *squashed, const struct trl_word *word)
{
    size_t size = word->size;

    return size <= squashed->size &&
           (size <= TRL_WORD_TAIL ||
            memcmp(text_of(squashed) + squashed->size - size, word->text, size) == 0) &&
           (!word->whole || starts_word(squashed, squashed->size - size)) &&
           (word->role != TRL_WORD_QUERY || size == squashed->whole_size);
}

/* The word that what is left of a key ends in, of those that are in the dictionary the one that
 * says most; NULL if there is none. */
static const struct trl_word *last_word(const struct squashed *squashed)
{
    uint64_t tail = trl_load_8(squashed->room + squashed->size);
    const char *end = squashed->room + TRL_WORD_TAIL + squashed->size;
    struct trl_words ending = trl_words_ending_in(end[-2], end[-1]);
    const struct trl_word *found = NULL;

    for (size_t i = 0; i < ending.count; i++) {
        const struct trl_word *word = &ending.words[i];
        if (((tail ^ word->tail) & word->tail_mask) == 0 &&
            (found == NULL || word->role > found->role) && ends_in(squashed, word)) {
            found = word;
        }
    }
    return found;
}

/* Takes one suffix off, or digits: passwordConfirmation, newPassword2. */
static bool strip_suffix(struct squashed *squashed, const struct trl_word *suffix)
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
    if (strchr(question_letters, *text_of(squashed)) == NULL) {
        return false;
    }
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
    const struct trl_word *word;

    do {
        word = last_word(squashed);
        if (word != NULL && word->role != TRL_WORD_SUFFIX) {
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

    memcpy(ends, trl_word_ends, sizeof(trl_word_ends));
    for (size_t at = 0; at < set->size; at += size + 1) {
        const char *key = set->words + at;
        size = strlen(key);
        size_t end = size;
        while (end > 1 && trl_is_digit(key[end - 1])) {
            end--;
        }
        bool two = end >= 2 && trl_is_lower(key[end - 2]);
        ends[(unsigned char)key[end - 1] % 32] |=
            two ? UINT32_C(1) << key[end - 2] % 32 : UINT32_MAX;
    }
}

static bool sets_equal(const struct key_set *left, const struct key_set *right)
{
    return left->size == right->size &&
           (left->size == 0 || memcmp(left->words, right->words, left->size) == 0);
}

static bool is_beyond_ascii(const struct key_set *set)
{
    for (size_t i = 0; i < set->size; i++) {
        if ((unsigned char)set->words[i] >= 0x80) {
            return true;
        }
    }
    return false;
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
    trl_redact_beyond_ascii_ = is_beyond_ascii(&extra_keys) || is_beyond_ascii(&allowed_keys);
    return TRAIL_OK;
}

static inline enum trl_redact_class find_configured(const struct squashed *squashed)
{
    if (set_has(&allowed_keys, squashed)) {
        return TRL_REDACT_ALLOWED;
    }
    return set_has(&extra_keys, squashed) ? TRL_REDACT_VALUE : TRL_REDACT_NOT;
}

enum trl_redact_class trl_redact_configured(const char *key, size_t size)
{
    struct squashed squashed;

    squash(&squashed, key, size);
    return find_configured(&squashed);
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
    enum trl_redact_class class = find_configured(&squashed);
    return class != TRL_REDACT_NOT ? class : judge(&squashed);
}
