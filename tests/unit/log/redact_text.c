/* Texts with and without a secret, wherever it stands in them. */
#include "redacted.h"

#include "log/redact.h"

#include <string.h>

static void assert_redacted(const char *text, const char *expected)
{
    assert_string_equal(redacted(text), expected);
    /* Wherever it stands in a text, and whatever its alignment. */
    for (size_t before = 1; before < 40; before++) {
        char longer[600];
        char longer_expected[600];
        memset(longer, ',', before);
        memcpy(longer_expected, longer, before);
        strcpy(stpcpy(longer + before, text), " ...");
        strcpy(stpcpy(longer_expected + before, expected), " ...");
        assert_string_equal(redacted(longer), longer_expected);
    }
}

static void assert_stays(const char *text)
{
    assert_redacted(text, text);
}

static void test_bearer_and_basic_credentials_are_replaced(void **state)
{
    (void)state;
    assert_redacted("sent Bearer abc123def", "sent Bearer [redacted]");
    assert_redacted("bearer  mF_9.B5f-4.1JqM", "bearer  [redacted]");
    assert_redacted("BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "BASIC [redacted]");
    assert_stays("Basic authentication is required");
    assert_stays("Basic information follows");
    assert_stays("Bearer authentication failed");
    assert_stays("a bearer of bad news");
}

static void test_web_tokens_are_replaced(void **state)
{
    (void)state;
    assert_redacted("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_123", "got [redacted]");
    assert_redacted("<eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.>", "<[redacted]>");
    assert_stays("eyJhbGciOiJIUzI1NiJ9");
    assert_stays("keyJ.eyJ.x");
}

static void test_pem_blocks_are_replaced(void **state)
{
    (void)state;
    assert_redacted("key:\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE "
                    "KEY-----\nend",
                    "key:\n[redacted]\nend");
    assert_string_equal(redacted("x -----BEGIN PRIVATE KEY-----\nMIIE"), "x [redacted]");
    assert_redacted("k=-----BEGIN+PRIVATE+KEY-----%0AMIIE%0A-----END+PRIVATE+KEY-----%0A&b=2",
                    "k=[redacted]%0A&b=2");
    assert_redacted("-----BEGIN%20PRIVATE%20KEY-----%0AMIIE%0A-----END%20PRIVATE%20KEY-----&b=2",
                    "[redacted]&b=2");
    assert_stays("----- BEGIN -----");
    assert_stays("-----BEGINNING OF THE DAY-----");
    assert_stays("---------------------");
}

static void test_other_key_files_are_replaced(void **state)
{
    (void)state;
    assert_redacted("a ---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAA=\n"
                    "---- END SSH2 ENCRYPTED PRIVATE KEY ----\nend",
                    "a [redacted]\nend");
    assert_redacted("\\nPuTTY-User-Key-File-2: ssh-rsa\\nPublic-Lines: 1\\nAAAA\\nPrivate-Lines: 1"
                    "\\nAAAAgQC\\nPrivate-MAC: 0123abcd\\nend",
                    "\\n[redacted]\\nend");
    assert_string_equal(redacted("PuTTY-User-Key-File-2: ssh-rsa\nAAAA"), "[redacted]");
    assert_stays("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3\n---- END SSH2 PUBLIC KEY ----");
    assert_stays("PuTTY-User-Key-File-Format is known");
    assert_stays("---- BEGIN ----");
}

static void test_passwords_in_urls_are_replaced(void **state)
{
    (void)state;
    assert_redacted("postgresql://app:hunter2@db.internal/shop",
                    "postgresql://app:[redacted]@db.internal/shop");
    assert_redacted("redis://:p@ss@cache:6379", "redis://:[redacted]@cache:6379");
    assert_redacted("a amqp://u:p@h b https://u:q@h/x",
                    "a amqp://u:[redacted]@h b https://u:[redacted]@h/x");
    assert_stays("http://localhost:8080/a@b:c");
    assert_stays("https://user@example.com/x:y");
    assert_stays("://");
}

static void test_card_numbers_are_replaced(void **state)
{
    (void)state;
    assert_redacted("4111111111111111", "[redacted]");
    assert_redacted("card 4111 1111 1111 1111 ok", "card [redacted] ok");
    assert_redacted("card 4111-1111-1111-1111, 123", "card [redacted], 123");
    assert_redacted("5500005555555559", "[redacted]");
    assert_redacted("3782 822463 10005", "[redacted]");
    assert_redacted("378282246310005", "[redacted]");
    assert_redacted("6011111111111117 3530111333300000", "[redacted] [redacted]");
    assert_redacted("4222222222222", "[redacted]");
    assert_redacted("/cards/4111111111111111", "/cards/[redacted]");
}

static void test_other_numbers_stay(void **state)
{
    (void)state;
    assert_stays("4111111111111112");
    assert_stays("4111 1111 1111 1112");
    assert_stays("1769860801234");
    assert_stays("2026-01-31T23:59:59.999Z");
    assert_stays("41111111111111111111111");
    assert_stays("ord_4111111111111111");
    assert_stays("4111111111111111a");
    assert_stays("4111 11111111 1111");
    assert_stays("3f2504e0-4f89-41d3-9a0c-0305e82c3301");
    assert_stays("4bf92f3577b34da6a3ce929d0e0e4736");
    assert_stays("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_stays("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_stays("0000000000000000");
    assert_stays("9781861972712 +491701234567");
}

static void test_keys_of_providers_are_replaced(void **state)
{
    static const char *const keys[] = {
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "gho_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
        "glpat-abcdefghijklmnopqrst",
        "gldt-abcdefghij0123456789",
        "glcbt-64_abcdefghij0123456789",
        "xoxb-123456789012-abcdef",
        "xapp-1-A0123456789-abc",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "whsec_0123456789abcdefghij",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "ya29.a0AfH6SMBx0123456789abcdef",
        "GOCSPX-abcdefghijklmnopqrstuvwx",
        "sk-proj-abcdefghijklmnopqrst0123",
        "sk-abcdefghijklm0opqrstuvwxyz",
        "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",
        "npm_0123456789abcdefghijABCDEFGHIJ012345",
        "hvs.CAESIJ0123456789abcdefgh",
        "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char text[200] = "a ";
        strcat(strcat(text, keys[i]), ", b");
        assert_redacted(text, "a [redacted], b");
        assert_redacted(keys[i], "[redacted]");
    }
}

static void test_words_like_keys_of_providers_stay(void **state)
{
    static const char *const words[] = {
        "AKIAIOSFODNN7EXAMPL",
        "AKIAIOSFODNN7EXAMPLEX",
        "xAKIAIOSFODNN7EXAMPLE",
        "sk_live_",
        "npm_install_of_everything_in_the_world_fails",
        "ghp_short",
        "task-abcdefghijklmnopqrstuvw0",
        "glass-panel-of-a-very-long-name",
        "sk-learn-is-a-library-without-digits",
        "usr_42",
        "ord_1001",
        "I",
        "J",
        "AI",
        "...---___",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_stays(words[i]);
    }
}

static void test_values_behind_sensitive_keys_are_replaced(void **state)
{
    (void)state;
    assert_redacted("user=x&password=hunter2&a=1", "user=x&password=[redacted]&a=1");
    assert_redacted("/cb?access_token=abc&state=1", "/cb?access_token=[redacted]&state=1");
    assert_redacted("pass%77ord=x", "pass%77ord=[redacted]");
    assert_redacted("password = x y", "password = [redacted] y");
    assert_redacted("apiKey: abc, next", "apiKey: [redacted], next");
    assert_redacted("{\"token\": \"a\\\"b\", \"n\": 1}", "{\"token\": \"[redacted]\", \"n\": 1}");
    assert_redacted("{\\\"pin\\\":\\\"12\\\\\\\"3\\\",\\\"n\\\":1}",
                    "{\\\"pin\\\":\\\"[redacted]\\\",\\\"n\\\":1}");
    assert_redacted("{\"cvv\":123,\"n\":1}", "{\"cvv\":\"[redacted]\",\"n\":1}");
    assert_redacted("{\"credentials\":{\"a\":[\"}\"]},\"n\":1}",
                    "{\"credentials\":\"[redacted]\",\"n\":1}");
    assert_redacted("secret='a b' c", "secret='[redacted]' c");
    assert_redacted("GET /\r\nCookie: a=b; c=d\r\nHost: x",
                    "GET /\r\nCookie: [redacted]\r\nHost: x");
    assert_redacted("-H 'Authorization: Digest a, b' x", "-H 'Authorization: [redacted]' x");
    assert_redacted("DB_PASSWORD=\"x y\"", "DB_PASSWORD=\"[redacted]\"");
    assert_string_equal(redacted("sid=x"), "sid=[redacted]");
}

static void test_values_behind_other_keys_stay(void **state)
{
    (void)state;
    assert_stays("tokenCount=5&author=me");
    assert_stays("passwordResetAt: 2026-01-31T23:59:59.999Z");
    assert_stays("tokens=5 pass: 3 session: opened");
    assert_stays("at 12:30:59, port :8080, a=b=c ===");
    assert_stays("password=&token=");
    assert_stays("password:\nnext");
    assert_stays("password=[redacted]");
}

static void test_values_behind_configured_keys_are_replaced(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure("email,q,room_12,pin2fa", NULL), TRAIL_OK);
    assert_redacted("email=x E-Mail: y", "email=[redacted] E-Mail: [redacted]");
    assert_redacted("a=1&q=x", "a=1&q=[redacted]");
    assert_redacted("{\"room 12\":\"x\"}", "{\"room 12\":\"[redacted]\"}");
    assert_redacted("pin2fa=x password=y", "pin2fa=[redacted] password=[redacted]");
    assert_stays("mail=x&room=y&qq=z");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
    assert_stays("email=x&q=y");
}

static void test_configured_keys_may_end_in_an_escape(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure("men\xC3\xBC", NULL), TRAIL_OK);
    assert_redacted("men%C3%BC=x&men%c3%bc=y", "men%C3%BC=[redacted]&men%c3%bc=[redacted]");
    assert_redacted("a=men%C3%BC%3Dx%26b", "a=men%C3%BC%3D[redacted]%26b");
    assert_redacted("men%C3%BC: x", "men%C3%BC: [redacted]");
    assert_stays("men%C3%BD=x&men%C3=y&%C3%BC=z");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
    assert_stays("men%C3%BC=x");
}

/* contraseña, menü, пароль, and 密码, whose escape ends in letters and a digit. */
#define CONTRASENA                                                                                 \
    "contrase\xC3\xB1"                                                                             \
    "a"
#define MENU  "men\xC3\xBC"
#define PAROL "\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C"
#define MIMA  "\xE5\xAF\x86\xE7\xA0\x81"
#define KEYS  CONTRASENA "," MENU "," PAROL "," MIMA

static void test_configured_keys_may_be_of_any_script(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure(KEYS, NULL), TRAIL_OK);
    assert_redacted(CONTRASENA ": x a " CONTRASENA "=y",
                    CONTRASENA ": [redacted] a " CONTRASENA "=[redacted]");
    assert_redacted(MENU "=x&" MENU "_=y&a=1", MENU "=[redacted]&" MENU "_=[redacted]&a=1");
    assert_redacted(PAROL ": x, " MIMA " = y", PAROL ": [redacted], " MIMA " = [redacted]");
    assert_redacted("{\"" CONTRASENA "\":\"x\",\"" MIMA "\":[1]}",
                    "{\"" CONTRASENA "\":\"[redacted]\",\"" MIMA "\":\"[redacted]\"}");
    assert_redacted("{\\\"" MENU "\\\":\\\"x\\\",\\\"n\\\":1}",
                    "{\\\"" MENU "\\\":\\\"[redacted]\\\",\\\"n\\\":1}");
    assert_redacted("a=" MENU "%3Dx%26" MENU "%3dy",
                    "a=" MENU "%3D[redacted]%26" MENU "%3d[redacted]");
    assert_redacted("run --" CONTRASENA " x --" PAROL " y -v",
                    "run --" CONTRASENA " [redacted] --" PAROL " [redacted] -v");
    assert_redacted("<" PAROL ">x</" PAROL "><a:" CONTRASENA " b=\"1\">y</a:" CONTRASENA ">",
                    "<" PAROL ">[redacted]</" PAROL "><a:" CONTRASENA
                    " b=\"1\">[redacted]</a:" CONTRASENA ">");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
    assert_stays(CONTRASENA "=x " MENU ": y");
}

static void test_configured_keys_of_any_script_may_be_escaped(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure(KEYS, NULL), TRAIL_OK);
    assert_redacted("{\"contrase\\u00f1a\":\"x\",\"men\\u00FC\":2}",
                    "{\"contrase\\u00f1a\":\"[redacted]\",\"men\\u00FC\":\"[redacted]\"}");
    assert_redacted("{\"\\u5bc6\\u7801\":\"x\"}", "{\"\\u5bc6\\u7801\":\"[redacted]\"}");
    assert_redacted("{\\\"men\\\\u00fc\\\":\\\"x\\\",\\\"n\\\":1}",
                    "{\\\"men\\\\u00fc\\\":\\\"[redacted]\\\",\\\"n\\\":1}");
    assert_redacted("{\\u0022men\\u00fc\\u0022:\\u0022x\\u0022}",
                    "{\\u0022men\\u00fc\\u0022:\\u0022[redacted]\\u0022}");
    assert_redacted("/a?men\\u00fc\\u003dx\\u0026b\\u003d1",
                    "/a?men\\u00fc\\u003d[redacted]\\u0026b\\u003d1");
    assert_redacted("%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C=x&%E5%AF%86%E7%A0%81%3Dy",
                    "%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C=[redacted]&%E5%AF%86%E7%A0%81%3D"
                    "[redacted]");
    assert_redacted("b=%7B%22contrase%C3%B1a%22%3A%22x%22%7D",
                    "b=%7B%22contrase%C3%B1a%22%3A%22[redacted]%22%7D");
    /* пароль пароль, beyond what is read back of other keys */
    assert_int_equal(trl_redact_configure(PAROL " " PAROL, NULL), TRAIL_OK);
    assert_redacted("{\"\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c_"
                    "\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c\":\"x\"}",
                    "{\"\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c_"
                    "\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c\":\"[redacted]\"}");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
}

static void test_keys_of_any_script_are_whole_words(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure(KEYS, NULL), TRAIL_OK);
    assert_stays("x" MENU "=1 " MENU "x=2 \xC3\xA4" MENU "=3 se\xC3\xB1"
                 "a=4 n\xFC=5");
    assert_stays("a " MENU "-" PAROL " b --" PAROL);
    /* A byte order mark, ¿, a no-break space, “, and two of full width are no part of a key. */
    assert_redacted("\xEF\xBB\xBF" MENU "=x", "\xEF\xBB\xBF" MENU "=[redacted]");
    assert_redacted("\xC2\xBF" MENU "=x \xC2\xA0" MENU "=y",
                    "\xC2\xBF" MENU "=[redacted] \xC2\xA0" MENU "=[redacted]");
    assert_redacted("\xE2\x80\x9C" MENU ": x", "\xE2\x80\x9C" MENU ": [redacted]");
    assert_redacted("\xE3\x80\x81" MIMA ": x", "\xE3\x80\x81" MIMA ": [redacted]");
    assert_redacted("\xEF\xBC\x8C" MIMA ": x", "\xEF\xBC\x8C" MIMA ": [redacted]");
    /* What of a key is ASCII is judged, too. */
    assert_redacted("\xE2\x80\xA6password=x \xC3\xB1pin=12",
                    "\xE2\x80\xA6password=[redacted] \xC3\xB1pin=[redacted]");
    assert_redacted("run \xC3\xB1--token x", "run \xC3\xB1--token [redacted]");
    assert_int_equal(trl_redact_configure(NULL, "\xC3\xB1pin"), TRAIL_OK);
    assert_stays("\xC3\xB1pin=12 {\"\\u00f1pin\":\"x\"}");
    assert_redacted("pin=12 \xC3\xB1token=x a\xC3\xB1pin=12",
                    "pin=[redacted] \xC3\xB1token=[redacted] a\xC3\xB1pin=[redacted]");
    assert_redacted("\xC3\xB1pin=4111111111111111", "\xC3\xB1pin=[redacted]");
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
    assert_redacted("\xC3\xB1pin=12", "\xC3\xB1pin=[redacted]");
}

static void test_keys_may_end_in_whatever_is_no_letter(void **state)
{
    (void)state;
    assert_redacted("token_1=x&user[password][]=y",
                    "token_1=[redacted]&user[password][]=[redacted]");
    assert_redacted("secret_b64=x&token_base64=y", "secret_b64=[redacted]&token_base64=[redacted]");
    assert_redacted("credential%2As=x&pas%73word=y",
                    "credential%2As=[redacted]&pas%73word=[redacted]");
    assert_redacted("cvv-2 : 123", "cvv-2 : [redacted]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bearer_and_basic_credentials_are_replaced),
        cmocka_unit_test(test_web_tokens_are_replaced),
        cmocka_unit_test(test_pem_blocks_are_replaced),
        cmocka_unit_test(test_other_key_files_are_replaced),
        cmocka_unit_test(test_passwords_in_urls_are_replaced),
        cmocka_unit_test(test_card_numbers_are_replaced),
        cmocka_unit_test(test_other_numbers_stay),
        cmocka_unit_test(test_keys_of_providers_are_replaced),
        cmocka_unit_test(test_words_like_keys_of_providers_stay),
        cmocka_unit_test(test_values_behind_sensitive_keys_are_replaced),
        cmocka_unit_test(test_values_behind_other_keys_stay),
        cmocka_unit_test(test_values_behind_configured_keys_are_replaced),
        cmocka_unit_test(test_configured_keys_may_end_in_an_escape),
        cmocka_unit_test(test_configured_keys_may_be_of_any_script),
        cmocka_unit_test(test_configured_keys_of_any_script_may_be_escaped),
        cmocka_unit_test(test_keys_of_any_script_are_whole_words),
        cmocka_unit_test(test_keys_may_end_in_whatever_is_no_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
