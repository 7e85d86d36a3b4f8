/* Log: the words that keys are made of. They are found by how they end. */
#include "log/redact_word.h"

#include "core/ascii.h"
#include "log/redact.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TAIL_SHIFT(from_end) (8 * (TRL_WORD_TAIL - 1 - (from_end)))
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
#define ENDING(text)                                                                               \
    ENTRY(text, TRL_WORD_VALUE, false) /* long enough to be no other word's end                    \
                                        */
#define WORD(text)      ENTRY(text, TRL_WORD_VALUE, true)
#define TEXT_WORD(text) ENTRY(text, TRL_WORD_TEXT, true)
#define SUFFIX(text)    ENTRY(text, TRL_WORD_SUFFIX, false)
#define WHOLE(text)     ENTRY(text, TRL_WORD_QUERY, true)

/* By their last character. */
static const struct trl_word in_4[] = {SUFFIX("base64"), SUFFIX("b64")};
static const struct trl_word in_a[] = {ENDING("clientkeydata")};
static const struct trl_word in_c[] = {WORD("cvc"), WORD("csc")};
static const struct trl_word in_d[] = {
    ENDING("password"),  ENDING("passwd"),  ENDING("rootpwd"), ENDING("adminpwd"),
    ENDING("bindpwd"),   ENDING("userpwd"), ENDING("dbpwd"),   ENDING("creditcard"),
    ENDING("sessionid"), ENDING("sessid"),  WORD("pwd"),       WORD("sid"),
    WORD("cred"),        SUFFIX("encoded"), SUFFIX("old")};
static const struct trl_word in_e[] = {ENDING("passphrase"),       ENDING("passcode"),
                                       ENDING("motdepasse"),       ENDING("cookie"),
                                       ENDING("secretkeybase"),    ENDING("securitycode"),
                                       ENDING("onetimecode"),      ENDING("authcode"),
                                       ENDING("verificationcode"), ENDING("authorizationcode"),
                                       ENDING("recoverycode"),     ENDING("backupcode"),
                                       ENDING("mfacode"),          ENDING("otpcode"),
                                       ENDING("signature"),        SUFFIX("value")};
static const struct trl_word in_f[] = {WORD("csrf"), WORD("xsrf")};
static const struct trl_word in_g[] = {ENDING("connectionstring"), WORD("sig"), SUFFIX("string"),
                                       WHOLE("querystring")};
static const struct trl_word in_h[] = {TEXT_WORD("auth"), SUFFIX("hash")};
static const struct trl_word in_k[] = {WORD("psk")};
static const struct trl_word in_l[] = {ENDING("credential")};
static const struct trl_word in_m[] = {ENDING("cardnum"), SUFFIX("confirm"), SUFFIX("pem"),
                                       WHOLE("form")};
static const struct trl_word in_n[] = {
    ENDING("token"),      ENDING("authorization"), WORD("pin"),     WORD("pan"),    WORD("ssn"),
    TEXT_WORD("session"), SUFFIX("confirmation"),  SUFFIX("again"), SUFFIX("plain")};
static const struct trl_word in_o[] = {ENDING("cardno")};
static const struct trl_word in_p[] = {WORD("otp"), WORD("totp")};
static const struct trl_word in_r[] = {ENDING("cardnumber"),   ENDING("ccnumber"),
                                       ENDING("codeverifier"), ENDING("socialsecuritynumber"),
                                       WORD("bearer"),         SUFFIX("header")};
static const struct trl_word in_s[] = {
    ENDING("passwords"),    ENDING("secrets"),     ENDING("cookies"),       ENDING("credentials"),
    ENDING("apikeys"),      ENDING("privatekeys"), ENDING("recoverycodes"), ENDING("backupcodes"),
    WORD("creds"),          TEXT_WORD("pass"),     TEXT_WORD("tokens"),     TEXT_WORD("rootpass"),
    TEXT_WORD("adminpass"), TEXT_WORD("userpass"), TEXT_WORD("dbpass"),     TEXT_WORD("smtppass"),
    TEXT_WORD("storepass"), TEXT_WORD("keypass"),  TEXT_WORD("sshpass")};
static const struct trl_word in_t[] = {ENDING("passwort"), ENDING("kennwort"), ENDING("secret"),
                                       WORD("jwt"),        SUFFIX("repeat"),   SUFFIX("text"),
                                       SUFFIX("digest"),   SUFFIX("current")};
static const struct trl_word in_v[] = {WORD("cvv")};
static const struct trl_word in_w[] = {ENDING("rootpw"), ENDING("adminpw"), ENDING("bindpw"),
                                       ENDING("userpw"), ENDING("dbpw"),    WORD("pw"),
                                       WORD("psw"),      SUFFIX("raw"),     SUFFIX("new")};
static const struct trl_word in_x[] = {SUFFIX("hex")};
static const struct trl_word in_y[] = {ENDING("apikey"),
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
static const struct trl_words dictionary['z' + 1] = {
    ['4'] = LIST(in_4), ['a'] = LIST(in_a), ['c'] = LIST(in_c), ['d'] = LIST(in_d),
    ['e'] = LIST(in_e), ['f'] = LIST(in_f), ['g'] = LIST(in_g), ['h'] = LIST(in_h),
    ['k'] = LIST(in_k), ['l'] = LIST(in_l), ['m'] = LIST(in_m), ['n'] = LIST(in_n),
    ['o'] = LIST(in_o), ['p'] = LIST(in_p), ['r'] = LIST(in_r), ['s'] = LIST(in_s),
    ['t'] = LIST(in_t), ['v'] = LIST(in_v), ['w'] = LIST(in_w), ['x'] = LIST(in_x),
    ['y'] = LIST(in_y)};

/* For each letter that a word ends in, those that stand before it. */
#define BIT(letter) (UINT32_C(1) << (letter) % 32)
#define ENDS                                                                                       \
    {                                                                                              \
        ['a' % 32] = BIT('t'), ['c' % 32] = BIT('s') | BIT('v'),                                   \
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

const uint32_t trl_word_ends[32] = ENDS;
uint32_t trl_redact_ends_[32] = ENDS;

struct trl_words trl_words_ending_in(char before, char last)
{
    bool letter = trl_is_lower(last);

    if ((letter && (trl_word_ends[last % 32] & BIT((unsigned char)before)) == 0) ||
        (!letter && last != '4')) {
        return (struct trl_words){.count = 0};
    }
    return dictionary[(unsigned char)last];
}
