#include "unit.h"

#include "log/redact.h"

#include <locale.h>
#include <string.h>

static void assert_class(const char *key, enum trl_redact_class expected)
{
    enum trl_redact_class class = trl_redact_classify(key, strlen(key));

    if (class != expected) {
        fail_msg("%s is %d, not %d", key, (int)class, (int)expected);
    }
}

static const char *const secrets[] = {
    "password",
    "Password",
    "PASSWORD",
    "user_password",
    "userPassword",
    "userpassword",
    "new-password",
    "passwordConfirmation",
    "password2",
    "password_hash",
    "passwd",
    "pwd",
    "db.pwd",
    "passphrase",
    "apiKey",
    "api_key",
    "API-KEY",
    "X-Api-Key",
    "apikey",
    "APIKey",
    "xApiKey",
    "api key",
    "token",
    "accessToken",
    "access_token",
    "refresh-token",
    "idToken",
    "csrfToken",
    "payment.token",
    "X-Auth-Token",
    "secret",
    "clientSecret",
    "client_secret",
    "SECRET_KEY",
    "privateKey",
    "private_key",
    "Authorization",
    "proxy-authorization",
    "Cookie",
    "Set-Cookie",
    "set_cookie",
    "cookies",
    "credentials",
    "user[password]",
    "cvv",
    "CVV2",
    "cvc",
    "cardNumber",
    "card_number",
    "creditCard",
    "pin",
    "userPIN",
    "otp",
    "ssn",
    "jwt",
    "sessionId",
    "JSESSIONID",
    "PHPSESSID",
    "X-Amz-Signature",
    "sig",
    "aws_secret_access_key",
    "bearerToken",
    "x-csrf-token",
    "jdbc.password",
    "passwordValue",
    "rootpw",
    "ROOTPW",
    "bindpw",
    "adminpwd",
    "Passwort",
    "mot_de_passe",
    "licenseKey",
    "license_key",
    "NEW_RELIC_LICENSE_KEY",
    "Ocp-Apim-Subscription-Key",
    "x-functions-key",
    "presharedKey",
    "wifi.psk",
    "privkey",
    "authCode",
};

static void test_secrets_are_known_in_any_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        assert_class(secrets[i], TRL_REDACT_VALUE);
    }
}

static void test_secrets_are_known_in_a_locale_with_letters_of_its_own(void **state)
{
    if (setlocale(LC_ALL, "tr_TR.UTF-8") == NULL) {
        skip();
    }
    assert_class("API-KEY", TRL_REDACT_VALUE);
    assert_class("JSESSIONID", TRL_REDACT_VALUE);
    test_secrets_are_known_in_any_spelling(state);
    setlocale(LC_ALL, "C");
}

static const char *const look_alikes[] = {
    "tokenCount",
    "token_type",
    "tokenExpiresAt",
    "passwordResetAt",
    "author",
    "authorId",
    "authored",
    "keyboard",
    "monkey",
    "key",
    "primaryKey",
    "publicKey",
    "idempotencyKey",
    "sortKey",
    "cacheKey",
    "shipping",
    "shippingId",
    "spinner",
    "pinned",
    "mapping",
    "company",
    "japan",
    "secretary",
    "cookieConsent",
    "sessionCount",
    "hasPassword",
    "is_secret",
    "orderId",
    "userId",
    "requestId",
    "traceId",
    "sku",
    "reason",
    "status",
    "passed",
    "compass",
    "assignature_at",
    "credit",
    "card",
    "cardType",
    "tokenizer",
    "authMethod",
    "authenticated",
    "accessKeyId",
    "",
    "passwordLength",
    "apiKeyCount",
    "secretVersion",
    "side",
    "sigma",
    "bypass",
    "compass",
    "trespass",
    "license",
    "licenseId",
    "licenseKeyId",
    "licenseKeyCount",
    "subscription",
    "subscriptionId",
    "storageKey",
    "sharedKey",
    "mypasswordless",
    "passwordless",
    "deck",
    "desk",
    "pskov",
};

static void test_look_alikes_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(look_alikes) / sizeof(look_alikes[0]); i++) {
        assert_class(look_alikes[i], TRL_REDACT_NOT);
    }
}

static void test_words_that_also_count_things_hide_texts_only(void **state)
{
    (void)state;
    assert_class("pass", TRL_REDACT_TEXT);
    assert_class("smtp_pass", TRL_REDACT_TEXT);
    assert_class("dbpass", TRL_REDACT_TEXT);
    assert_class("storepass", TRL_REDACT_TEXT);
    assert_class("tokens", TRL_REDACT_TEXT);
    assert_class("auth", TRL_REDACT_TEXT);
    assert_class("session", TRL_REDACT_TEXT);
}

static void test_configuration_adds_and_allows(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure("email, X-Customer-Name,,", "token,API_KEY"), TRAIL_OK);
    assert_class("e_mail", TRL_REDACT_VALUE);
    assert_class("EMAIL", TRL_REDACT_VALUE);
    assert_class("xCustomerName", TRL_REDACT_VALUE);
    assert_class("customerName", TRL_REDACT_NOT);
    assert_class("token", TRL_REDACT_ALLOWED);
    assert_class("apiKey", TRL_REDACT_ALLOWED);
    assert_class("accessToken", TRL_REDACT_VALUE);
    unsigned generation = trl_redact_generation();
    assert_int_equal(trl_redact_configure(NULL, ""), TRAIL_OK);
    assert_int_not_equal(trl_redact_generation(), generation);
    assert_class("email", TRL_REDACT_NOT);
    assert_class("token", TRL_REDACT_VALUE);
}

static void test_keys_of_any_length_and_content_are_judged(void **state)
{
    static char large[100000];
    char byte;

    (void)state;
    memset(large, 'x', sizeof(large));
    assert_int_equal(trl_redact_classify(large, sizeof(large)), TRL_REDACT_NOT);
    memcpy(large + sizeof(large) - 8, "Password", 8);
    assert_int_equal(trl_redact_classify(large, sizeof(large)), TRL_REDACT_VALUE);
    for (int i = 0; i < 256; i++) {
        byte = (char)i;
        assert_int_equal(trl_redact_classify(&byte, 1), TRL_REDACT_NOT);
    }
    assert_class("\xFF\xFEpassword\xFF", TRL_REDACT_NOT);
    assert_class("....", TRL_REDACT_NOT);
}

static void assert_query(const char *query, const char *expected)
{
    char out[256];
    size_t size = trl_redact_query(query, strlen(query), out, sizeof(out));

    assert_int_equal(size, strlen(expected));
    assert_memory_equal(out, expected, size);
}

static void test_values_of_sensitive_keys_of_a_query_are_replaced(void **state)
{
    (void)state;
    assert_query("a=1&token=abc&b=2", "a=1&token=[redacted]&b=2");
    assert_query("token=abc", "token=[redacted]");
    assert_query("token=a=b;c=d", "token=[redacted];c=d");
    assert_query("pass%77ord=x&user%5Bpassword%5D=y",
                 "pass%77ord=[redacted]&user%5Bpassword%5D=[redacted]");
    assert_query("token=&token&=x&&", "token=&token&=x&&");
    assert_query("tokenCount=5&api_key=%0a", "tokenCount=5&api_key=[redacted]");
    assert_query("", "");
    assert_query("%=1&%4=2&%zz=3", "%=1&%4=2&%zz=3");
}

static void test_a_query_is_cut_to_the_room(void **state)
{
    char out[8];

    (void)state;
    memset(out, 'x', sizeof(out));
    assert_int_equal(trl_redact_query("token=abc&a=1", 13, out, 7), 20);
    assert_memory_equal(out, "token=[x", 8);
    assert_int_equal(trl_redact_query("a=1", 3, NULL, 0), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_known_in_any_spelling),
        cmocka_unit_test(test_secrets_are_known_in_a_locale_with_letters_of_its_own),
        cmocka_unit_test(test_look_alikes_stay),
        cmocka_unit_test(test_words_that_also_count_things_hide_texts_only),
        cmocka_unit_test(test_configuration_adds_and_allows),
        cmocka_unit_test(test_keys_of_any_length_and_content_are_judged),
        cmocka_unit_test(test_values_of_sensitive_keys_of_a_query_are_replaced),
        cmocka_unit_test(test_a_query_is_cut_to_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
