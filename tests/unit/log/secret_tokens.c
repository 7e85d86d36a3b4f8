/* Secrets that are known by their form, without a key: each goes wherever it stands, and each
 * look-alike stays to the letter. */
#include "redacted.h"

#include "log/redact.h"

#include <stdio.h>
#include <string.h>

#define RANDOM_20 "0123456789abcdefghij"
#define HEX_32    "0123456789abcdef0123456789abcdef"
#define MIXED_20  "aB3dE6fG9hJ2kL5mN8pQ"

static const char *const keys[] = {
    "AKIAIOSFODNN7EXAMPLE",
    "ABIAY34FZKBOKMUTVV7A",
    "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "abc8Q~0123456789abcdefghijABCDEFGHIJ.-_",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "glpat-abcdefghijklmnopqrst.01.0z1234567",
    "xoxe.xoxp-1-" RANDOM_20,
    "sk_org_live_" RANDOM_20,
    "sk-ant-api03-" RANDOM_20 "-" RANDOM_20 "AA",
    "SG.ngeVfQFYQlKUxufoYxZdQA.TwLTiGABfTDHoTf-TTkqeFTtAmbihYzrnopKc-TsTcr",
    "SK" HEX_32,
    "npm_" RANDOM_20 "ABCDEFGHIJ012345",
    "pypi-AgEIcHlwaS5vcmcCJ" RANDOM_20 RANDOM_20,
    "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "gsk_" RANDOM_20 RANDOM_20 RANDOM_20,
    "xai-" RANDOM_20 RANDOM_20 RANDOM_20,
    "glc_" RANDOM_20 RANDOM_20,
    "HRKU-AA" RANDOM_20 RANDOM_20,
    "ZYXWVUTSRQ0123.atlasv1." RANDOM_20 RANDOM_20 RANDOM_20,
    "ASIAIOSFODNN7EXAMPLE",
    "ABSKQmVkcm9ja0FQSUtleS1" MIXED_20 MIXED_20 "/" MIXED_20 "+" MIXED_20 "=",
    "dapi" HEX_32,
    "dapi01234567890acdef01234567890acdef",
    "dapiaaccddeeffaa1c2d3e4f5a6c7d8e9fac",
    "dapi" HEX_32 "-2",
    "LTAI5tAbCdEfGhIjKlMnOpQr",
    "AKIDabcdefghijABCDEFGHIJ0123456789ab",
    "AQVN" MIXED_20 "aB3dE6fG9hJ2kL5",
    "ATATT3xFfGF0" MIXED_20 MIXED_20 MIXED_20 MIXED_20 MIXED_20 "=1A2B3C4D",
    "EAAAE" MIXED_20 MIXED_20 "aB3dE6fG9hJ2kL5mN8p",
    "EAACEdEose0cA" MIXED_20 MIXED_20 MIXED_20 MIXED_20 MIXED_20,
    "EZAK" MIXED_20 MIXED_20 "aB3dE6fG9hJ2kL",
    "AKCp" MIXED_20 MIXED_20 MIXED_20 "aB3dE6fG9",
    "eyJrIjoi" MIXED_20 MIXED_20 MIXED_20 MIXED_20,
    "oy2aaaaaaaaaa123456789a123456789aa123456789aaa",
    "cio" MIXED_20 "aB3dE6fG9hJ2",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF/abc+defghijkl==",
    "1//0g" MIXED_20 MIXED_20 MIXED_20 "-" MIXED_20,
    "1%2F%2F0g" MIXED_20 MIXED_20 MIXED_20 "-" MIXED_20,
    "4/0A" MIXED_20 MIXED_20 MIXED_20,
    "4%2F0A" MIXED_20 MIXED_20 MIXED_20,
    "123456789:AAabcdefghijABCDEFGHIJ0123456789-_a",
    "https://api.telegram.org/bot123456789:AAabcdefghijABCDEFGHIJ0123456789-_a/getMe",
    "https%3A%2F%2Fapi.telegram.org%2Fbot123456789%3AAAabcdefghijABCDEFGHIJ0123456789-_a",
    "MTAxMjM0NTY3ODkwMTIzNDU2Nw.GabcDE." MIXED_20 "aB3dE6fG9hJ2kL5mN8",
    "dp.pt." MIXED_20 MIXED_20 "abc",
    "dp.st.dev_backend." MIXED_20 MIXED_20 "abc",
    "patAbCdEfGhIjKlMn." HEX_32 HEX_32,
    HEX_32 "-01234567-89abcdef",
    HEX_32 "-us12",
    "sha256~" MIXED_20 MIXED_20 "abc",
    "GR1348941" RANDOM_20,
    MIXED_20 MIXED_20 MIXED_20 "aB3dE6fG9hJ2k/+m+AStabc12w==",
    MIXED_20 MIXED_20 MIXED_20 "aB3dE6fG9hJ2k/+mACDbabc12w==",
    MIXED_20 "aB3dE6fG9h/2k+ASbabc123=",
    MIXED_20 "aB3dE6fG9h/2kAIoTabc123=",
    MIXED_20 MIXED_20 "aB3dAzFuabc12w==",
    "key-" HEX_32,
    "sk_" HEX_32 "0123456789abcdef",
    "sk_prod_" RANDOM_20,
    "api_org_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "shptka_" HEX_32,
    "sntrys_eyJpYXQiOjE2ODcz" RANDOM_20 "Lmlv==_" RANDOM_20 "+/abcdefgh",
    "sntryu_" HEX_32 HEX_32,
    "glc_eyJvIjoi" RANDOM_20 RANDOM_20 "+/abcdefgh==",
    "sb_secret_" RANDOM_20 "_12345678",
    "pscale_pw_" RANDOM_20 RANDOM_20,
    "cfut_" RANDOM_20 RANDOM_20 "12345678",
    "cfat_" RANDOM_20 RANDOM_20 "12345678",
    "cfk_" RANDOM_20 RANDOM_20 "12345678",
    "duffel_live_" RANDOM_20 RANDOM_20 "abc",
    "shippo_live_" HEX_32 "01234567",
    "fo1_" MIXED_20 MIXED_20 "abc",
    "fm2_lJPECAAAAAAA" MIXED_20 MIXED_20 MIXED_20 "+/abcdefgh=",
    "ops_eyJ" MIXED_20 MIXED_20 MIXED_20 MIXED_20,
    "pnu_" RANDOM_20 "ABCDEFGHIJ012345",
    "rdme_" RANDOM_20 RANDOM_20 RANDOM_20 RANDOM_20,
    "sgp_" HEX_32 "01234567",
    "sm_pat_" RANDOM_20,
    "r8_" MIXED_20 MIXED_20,
    "pcsk_" MIXED_20 MIXED_20 MIXED_20,
    "lsv2_pt_" HEX_32 "_0123456789",
    "lin_oauth_" HEX_32 HEX_32,
    "y0_" MIXED_20 MIXED_20 MIXED_20,
    "glagent-" RANDOM_20 RANDOM_20,
    "gloas-" HEX_32 HEX_32,
    "xoxd-" MIXED_20 MIXED_20 "%2Fab%2Bcdefgh%3D12345678",
    "NRII-abcdefghij0123456789abcdefghij01",
    "nvapi-" MIXED_20 MIXED_20 MIXED_20 "abcd",
    "xsmtpsib-" HEX_32 HEX_32 "-abcdefgh12345678",
    "pul-" HEX_32 "01234567",
    "p8e-" HEX_32,
    "ico-" MIXED_20 "aB3dE6fG9hJ2",
    "access-production-550e8400-e29b-41d4-a716-446655440000",
    "FLWSECK_TEST-0123456789ab",
    "CFPAT-" RANDOM_20 RANDOM_20 "abc",
    "A3-ASWWYB-798JRY-LJVD4-23DC2-86TVM-H43EB",
    "v1.0-0123456789abcdef01234567-" HEX_32 HEX_32 HEX_32 HEX_32 "0123456789abcdef01",
    "hvr." MIXED_20 MIXED_20,
    "sl.u." MIXED_20 MIXED_20 MIXED_20 MIXED_20,
    "dt0c01.ABCDEFGHIJ0123456789ABCD." HEX_32 HEX_32,
    "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3J",
    "https://hooks.slack.com/services/T00000000/B00000000/XyZ1XyZ1XyZ1XyZ1XyZ1XyZ1",
    "https://discord.com/api/webhooks/123456789012345678/" RANDOM_20 RANDOM_20,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_123",
    "eyJhbGciOiJIUzI1NiJ9..abcDEF-_123sig",
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..ivivivivivi.cipherciphercipher.tagtagtag",
    "4222 222 222 222",
    "4012345678909",
    "4012-3456-7890-1239",
    "4012+3456+7890+1239",
    "4012%203456%207890%201239",
    "4012  3456  7890  1239",
    "4012\xC2\xA0"
    "3456\xC2\xA0"
    "7890\xC2\xA0"
    "1239",
    "4012 3456 7890 1234 565",
    "3401 234567 89014",
    "3000 123456 7891",
    "6201 2345 6789 0123 42",
    "620123 4567890123",
    "6759012345678903",
    "2200012345678907",
    "6304012345678901237",
};

/* Behind escapes a token begins as it does behind spaces. */
static void test_secrets_without_a_key_are_gone_wherever_they_stand(void **state)
{
    static const char *const around[][2] = {
        {"", ""},      {"failed with ", " here"}, {"{\"x\":\"", "\"}"},   {"\"first\\n", "\""},
        {"?k=", "&z"}, {"k%3D", "%26z"},          {"\\u003d", "\\u0026"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        for (size_t j = 0; j < sizeof(around) / sizeof(around[0]); j++) {
            char text[400];
            const char *secret = keys[i] + strlen(keys[i]) - 8;
            snprintf(text, sizeof(text), "%s%s%s", around[j][0], keys[i], around[j][1]);
            assert_gone(text, secret);
        }
    }
}

/* A short key without a rare byte is met where a text begins or ends in it, and where it has an I,
 * K or B. */
static void test_a_key_that_is_one_word_is_gone_at_either_end(void **state)
{
    (void)state;
    assert_gone("ACCA2345672345672345", "345672345");
    assert_gone("the key is ACCA2345672345672345", "345672345");
    assert_gone("ACCA2345672345672345 is the key", "345672345");
    assert_gone("the key is ACCA23456723456723K5, so it is", "345672345672");
}

static void test_a_card_number_behind_a_zero_byte_is_gone(void **state)
{
    static const char text[] = "\0004111111111111111";
    char out[100];
    size_t size;

    (void)state;
    assert_true(trl_redact_text(text, sizeof(text) - 1, out, sizeof(out), &size));
    assert_int_equal(size, 11);
    assert_memory_equal(out, "\0[redacted]", 11);
}

static const char *const look_alikes[] = {
    "order 4111111111111112",
    "order 1234567890123456",
    "4111-1111-1111-1112",
    "5500 0000 0000 0005",
    "DE89 3704 0044 0532 0130 00",
    "978-3-16-148410-0",
    "1769860801234567890",
    "20261122125948",
    "4111********1111",
    "4012.3456.7890.1239",
    "550e8400-e29b-41d4-a716-446655440000",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "npm_config_registry=https://registry.npmjs.org/",
    "github_pattern_matching",
    "id 123456789:Aabc at 12:30:59",
    "123456789:AAabcdefghijABCDEFGHIJ0123456789-_a1",
    "host8080:AAabcdefghijABCDEFGHIJ0123456789-_a",
    "com.example.Module.Class MODULENAMEOFTHEAPPLICATION.module.aVeryLongMethodNameOfTheClass",
    "dp.st.dev dp.pt.html dp.example.com",
    "00-" HEX_32 "-00f067aa0ba902b7-01",
    HEX_32 "-01234567-89abcdef0",
    HEX_32 "-us-east-1 " HEX_32 "-user",
    "sha256~short GR1348941",
    "sha512-" MIXED_20 MIXED_20 MIXED_20 MIXED_20 "aB3dEw==",
    MIXED_20 MIXED_20 MIXED_20 MIXED_20 "aB3dEw==",
    MIXED_20 MIXED_20 "aB3=",
    "AIDAIOSFODNN7EXAMPLE AROAIOSFODNN7EXAMPLE",
    "ACCAIOSFODNN7EXAMPL ACCAIOSFODNN7EXAMPLES",
    "dapi" HEX_32 "0",
    "dapi" HEX_32 "-abc",
    "xdapi" HEX_32,
    "dapiKeyOfTheDatabricksWorkspaceName",
    "IllegalArgumentException InvalidKeyException KeyManagementService",
    "AbstractSingletonProxyFactoryBean",
    "/a/1//0/" HEX_32 HEX_32,
    "/v4/0A" MIXED_20 MIXED_20 "/4/0" MIXED_20 MIXED_20,
    HEX_32 HEX_32,
    MIXED_20 MIXED_20,
    "EAAA eaaa cio oy2 LS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0t",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "key-550e8400-e29b-41d4-a716-446655440000",
    "cache key-" HEX_32 HEX_32,
    "key-of-a-very-long-name-without-any-digits",
    "secret_name_of_the_database_is_not_to_be_found_here",
    "sk_buff_alloc_failed_with_a_very_long_reason_of_the_kernel_01",
    "ops_team_was_paged_because_of_a_deployment_that_did_not_come_up_in_time",
    "re_order_of_the_items_has_been_requested_by_the_customer_42",
    "fm2_" HEX_32,
    "access-control-allow-origin-of-some-other-host-01",
    "access-sandbox-of-the-team",
    "A3-sized paper, A3-LANDSCAPE-PAPER-OF-THE-PRINTER",
    "0-123456 10-20-30 v1.0-rc1",
    "sl.example.com t1.micro dt0c01.example",
    "ico-svg-arrow-left-of-the-navigation-bar-01",
    "com.example.app.TokenService",
    "SG.Namespace.Class",
    "SKU0123456789abcdef0123456789abcdef",
    "https://api.example.com/api/webhooks/550e8400-e29b-41d4-a716-446655440000",
    "arn:aws:iam::123456789012:role/x",
    "a ~ b, 10Q~",
};

static void test_what_looks_like_a_token_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(look_alikes) / sizeof(look_alikes[0]); i++) {
        assert_string_equal(redacted(look_alikes[i]), look_alikes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_without_a_key_are_gone_wherever_they_stand),
        cmocka_unit_test(test_a_key_that_is_one_word_is_gone_at_either_end),
        cmocka_unit_test(test_a_card_number_behind_a_zero_byte_is_gone),
        cmocka_unit_test(test_what_looks_like_a_token_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
