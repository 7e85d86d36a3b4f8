/* Secrets that a key or their place tells: each goes, each look-alike stays to the letter. */
#include "redacted.h"

#include "log/redact.h"

#include <stdio.h>
#include <string.h>

#define SECRET "s3cretVa1ue"

static void assert_stays(const char *text)
{
    assert_string_equal(redacted(text), text);
}

static const char *const behind_a_key[] = {
    "{\"a\":{\"b\":[{\"c\":{\"password\":\"" SECRET "\"}}]}}",
    "{\"body\":\"{\\\"password\\\":\\\"" SECRET "\\\"}\"}",
    "{\"x\":\"{\\\"body\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"" SECRET "\\\\\\\"}\\\"}\"}",
    "{\"body\":\"{\\u0022password\\u0022:\\u0022" SECRET "\\u0022}\"}",
    "{\"body\":\"{\\u0022password\\u0022:\\u0022a\\\\u0022" SECRET "\\u0022}\"}",
    "{\"pass\\u0077ord\":\"" SECRET "\"}",
    "{\"\\u0070assword\":\"" SECRET "\"}",
    "{\"text\":\"a\\npin=" SECRET "\"}",
    "{\"cookies\":{\"a\":\"" SECRET "\"}}",
    "{\"tokens\":[\"a\",\"" SECRET "\"]}",
    "{password:'" SECRET "'}",
    "{\"api key\":\"" SECRET "\"}",
    "{\"Card Security Code\": \"" SECRET "\"}",
    "API key: " SECRET,
    "password=[" SECRET "]",
    "password={" SECRET "}",
    "User(name=bob, password=" SECRET ")",
    ":password=>\"" SECRET "\"",
    "password => '" SECRET "'",
    "password:='" SECRET "'",
    "password == " SECRET,
    "password\t=\t" SECRET,
    "password          : " SECRET,
    "smtp_pass: " SECRET,
    "--password=" SECRET,
    "run --password " SECRET " --verbose",
    "run --password \t" SECRET,
    "run --db-password '" SECRET " x'",
    "run --db_password \"x " SECRET "\"",
    "run -storepassword " SECRET,
    "run --token=" SECRET,
    "run --api-key " SECRET ", then more",
    "exec [\"run\",\"--token\",\"" SECRET "\"]",
    "exec ['run', '--token', '" SECRET "']",
    "{\"argv\":\"[\\\"--token\\\",\\\"" SECRET "\\\"]\"}",
    "<password>" SECRET "</password>",
    "<user>bob</user><Password>x " SECRET " y</Password>",
    "<wsse:Password Type=\"http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordText\">" SECRET "</wsse:Password>",
    "<apiKey><![CDATA[a<b" SECRET "]]></apiKey>",
    "<db.password\n>\n" SECRET "\n</db.password>",
    "{\"xml\":\"<token>" SECRET "<\\/token>\"}",
    "<root><token>" SECRET,
    "{\"url\":\"/a?password\\u003d" SECRET "\\u0026b\\u003d1\"}",
    "/a?b\\u003d1\\u0026token\\u003D" SECRET,
    "secret_key_base=" SECRET,
    "passwordBase64=" SECRET,
    "authorization_code=" SECRET,
    "code_verifier=" SECRET,
    "private_key_pem=" SECRET,
    "/a?user%5Bpassword%5D=" SECRET,
    "/a?next=%2Fcb%3Ftoken%3D" SECRET,
    "/a?next=%2Fcb%3Fa%3D1%26token%3D" SECRET "%26b%3D2",
    "/a?next=%252Fcb%253Ftoken%253D" SECRET,
    "body=%7B%22password%22%3A%22" SECRET "%22%7D",
    "https://x/#access_token=" SECRET "&token_type=bearer",
    "COOKIE: theme=\"dark\"; custom=" SECRET,
    "cookie: theme=dark; custom=" SECRET,
    "Set-Cookie: custom=" SECRET "; Path=/; HttpOnly",
    "curl -H \"Cookie: theme=\\\"x\\\"; custom=" SECRET "\" http://h",
    "aUtHoRiZaTiOn: Bearer " SECRET,
    "Authorization: Digest username=\"bob\", realm=\"r\", response=\"" SECRET "\"",
    "{\"h\":\"Authorization: Digest username=\\\"bob\\\", response=\\\"" SECRET "\\\"\"}",
    "Proxy-Authorization: ApiKey " SECRET,
    "Bearer%20" SECRET,
    "Bearer\t" SECRET,
    "Bearer \"" SECRET "\"",
    "\"\\nBearer " SECRET "\"",
    "mongodb+srv://app:" SECRET "@db.internal/x",
    "https:\\/\\/u:" SECRET "@h",
    "url=https%3A%2F%2Fu%3A" SECRET "%40h",
    "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=" SECRET "=",
};

static void test_secrets_behind_a_key_are_gone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(behind_a_key) / sizeof(behind_a_key[0]); i++) {
        assert_gone(behind_a_key[i], SECRET);
    }
}

/* A key's bytes are looked at 16 at a time as well: an escape before or in it is told wherever it
 * stands among them, and beyond. */
static void test_where_a_key_begins_is_told_at_any_distance(void **state)
{
    static const struct {
        const char *before; /* the letters */
        const char *behind;
        bool goes; /* also if there is a letter in between */
    } rows[] = {
        {"\\n", "pin=", false},     {" ", "pin=", false},
        {"\\u0020", "pin=", false}, {"%20", "pin=", false},
        {"", "_pin=", true},        {"\\n", "_pin=", true},
        {"", "password=", true},    {"", "\\u0070assword=", true},
        {"\"", "_pin\":", true},    {"", "%70assword=", true},
        {"", "Pin=", true},         {"\\", "pin=", false},
    };
    static const int letters[] = {0, 1, 5, 9, 10, 11, 15, 16, 55, 60, 64, 65, 70};
    char many[71];
    char text[256];

    (void)state;
    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int spaces = 0; spaces < 40; spaces++) {
            for (size_t j = 0; j < sizeof(letters) / sizeof(letters[0]); j++) {
                snprintf(text, sizeof(text), "%*s%s%.*s%s" SECRET, spaces, "", rows[i].before,
                         letters[j], many, rows[i].behind);
                if (rows[i].goes || letters[j] == 0) {
                    assert_gone(text, SECRET);
                } else {
                    assert_stays(text);
                }
            }
        }
    }
}

/* Keys of a few letters are judged 16 bytes at once. */
static void test_keys_of_any_length_are_judged_alike(void **state)
{
    char text[256];

    (void)state;
    for (int size = 0; size < 80; size++) {
        snprintf(text, sizeof(text), "%.*sApiKey=" SECRET, size,
                 "user7USERuserUser7userUSERuserUser7userUSERuserUser7userUSERuserUser7userUSERuser"
                 "User7user");
        assert_gone(text, SECRET);
        text[strlen(text) - strlen("ApiKey=" SECRET)] = 'S'; /* SpiKey */
        assert_stays(text);
    }
}

static void test_a_secret_argument_behind_a_zero_byte_is_gone(void **state)
{
    static const char text[] = "run\0--password\0abc\0--verbose";
    static const char expected[] = "run\0--password\0[redacted]\0--verbose";
    char out[100];
    size_t size;

    (void)state;
    assert_true(trl_redact_text(text, sizeof(text) - 1, out, sizeof(out), &size));
    assert_int_equal(size, sizeof(expected) - 1);
    assert_memory_equal(out, expected, size);
}

static void test_what_a_secret_stands_in_stays_whole(void **state)
{
    (void)state;
    assert_string_equal(redacted("{\"h\":\"Cookie: a=\\\"x\\\"; b=y\",\"n\":1}"),
                        "{\"h\":\"Cookie: [redacted]\",\"n\":1}");
    assert_string_equal(redacted("{\\u0022pin\\u0022:\\u00221234\\u0022,\\u0022n\\u0022:1}"),
                        "{\\u0022pin\\u0022:\\u0022[redacted]\\u0022,\\u0022n\\u0022:1}");
    assert_string_equal(redacted("pin%3D1"), "pin%3D[redacted]");
    assert_string_equal(redacted("n=%2F%3Ftoken%3Dabc%26b%3D2&c=3"),
                        "n=%2F%3Ftoken%3D[redacted]%26b%3D2&c=3");
    assert_string_equal(redacted("{\"auth\":{\"method\":\"oauth\",\"token\":\"x\"}}"),
                        "{\"auth\":{\"method\":\"oauth\",\"token\":\"[redacted]\"}}");
    assert_string_equal(redacted("run --password abc --verbose"),
                        "run --password [redacted] --verbose");
    assert_string_equal(redacted("[\"--token\", \"a\\\"b\", \"-v\"]"),
                        "[\"--token\", \"[redacted]\", \"-v\"]");
    assert_string_equal(redacted("<token>abc</token> <pin>12</pin>"),
                        "<token>[redacted]</token> <pin>[redacted]</pin>");
    assert_string_equal(redacted("a?token\\u003dabc\\u0026b\\u003d1"),
                        "a?token\\u003d[redacted]\\u0026b\\u003d1");
    assert_stays("run --password [redacted] --verbose");
    assert_stays("password=[redacted]&token:[redacted]");
}

static void test_look_alikes_stay(void **state)
{
    static const char *const texts[] = {
        "{\"tokenCount\":5,\"maxTokens\":4096}",
        "{\"passwordResetAt\":\"2026-01-31\"}",
        "{\"author\":\"jane\",\"authorId\":\"a1\",\"authority\":\"x\"}",
        "\"prompt_tokens\":12,\"completion_tokens\":5,\"total_tokens\":17",
        "\"auth\":{\"method\":\"oauth\"}",
        "keyboard=qwerty monkey=1 primaryKey=id cacheKey=a:b:c",
        "token_type=bearer&tokenType=Bearer",
        "hasPassword=true&isSecret=false&passwordLength=8",
        "secretName: db-secret",
        "session: opened",
        "spanId=00f067aa0ba902b7",
        "signatureAlgorithm=RS256",
        "basic auth is required",
        "Basic information: none",
        "WWW-Authenticate: Bearer realm=\"x\"",
        "WWW-Authenticate: Basic realm=\"x\"",
        "git@github.com:o/r.git",
        "[::1]:8080 at 12:30:59",
        "redirect=https%3A%2F%2Fexample.com%3A8080%2Fa",
        "100%20done %3D %25",
        "--password is required",
        "option --token needs a value, --secret was not given",
        "either --password or --token.",
        "--password --token --verbose",
        "usage: run --password <password> [--token <token>]",
        "--password",
        "--token-count 5 --password-file /run/secrets/db --author me",
        "a -token --tokens 5",
        "sub-token value, pre--password x",
        "-p 8080 -pw 5",
        "[\"--token\"] [\"--token\", 5] [\"--token\" \"x\"]",
        "usage: login <user> <password> [host]",
        "<password> and <token>",
        "<password/> next <password></password> <password> </password>",
        "<passwordResetAt>2026-01-31</passwordResetAt><tokenCount>5</tokenCount>",
        "<credentials><user>bob</user></credentials>",
        "</password> is the end, a -> b, 3 > 2, std::vector<token> tokens",
        "<password>[redacted]</password>",
        "tokenCount\\u003d5\\u0026author\\u003dme \\u003d \\u00 \\u",
        "password\\u0026b C:\\\\users\\\\u003",
        "password must have 8 characters",
        "the token, the secret and the cookie",
        "boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "authMethod: oauth",
        "bypass=1 compass=north passed=3",
        "apiKeyId=1&apiKeyCount=3",
        "C:\\new\\backup\\file~1.txt",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_stays(texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_behind_a_key_are_gone),
        cmocka_unit_test(test_where_a_key_begins_is_told_at_any_distance),
        cmocka_unit_test(test_keys_of_any_length_are_judged_alike),
        cmocka_unit_test(test_a_secret_argument_behind_a_zero_byte_is_gone),
        cmocka_unit_test(test_what_a_secret_stands_in_stays_whole),
        cmocka_unit_test(test_look_alikes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
