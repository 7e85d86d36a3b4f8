#include "unit.h"

#include "core/clock.h"
#include "core/id.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

static void test_a_uuid4_is_one_by_libuuid(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char text[TRL_UUID_SIZE + 1];
        uuid_t uuid;

        trl_id_uuid(TRL_ID_UUID4, text);
        assert_int_equal(uuid_parse(text, uuid), 0);
        assert_int_equal(uuid_type(uuid), 4);
        assert_int_equal(uuid_variant(uuid), UUID_VARIANT_DCE);
        assert_null(trl_id_reject_reason(text, strlen(text)));
    }
}

static void test_a_uuid7_bears_the_time(void **state)
{
    char text[TRL_UUID_SIZE + 1];
    char hex[13] = {0};

    (void)state;
    int64_t before = trl_clock_wall_ms();
    trl_id_uuid(TRL_ID_UUID7, text);
    int64_t after = trl_clock_wall_ms();
    assert_int_equal(text[14], '7');
    assert_non_null(strchr("89ab", text[19]));
    memcpy(hex, text, 8);
    memcpy(hex + 8, text + 9, 4);
    int64_t stamped = strtoll(hex, NULL, 16);
    assert_true(before <= stamped && stamped <= after);
}

static void test_hex_ids_are_hex_and_differ(void **state)
{
    char last[33] = "";

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char text[33];
        trl_id_hex(text, 32);
        assert_int_equal(strlen(text), 32);
        assert_true(trl_id_is_hex(text, 32));
        assert_string_not_equal(text, last);
        memcpy(last, text, sizeof(last));
    }
}

static void assert_rejected(const char *text, size_t size, const char *reason)
{
    assert_string_equal(trl_id_reject_reason(text, size), reason);
}

static void test_ids_with_forbidden_bytes_are_rejected(void **state)
{
    static const char *const texts[] = {"a\rb", "a\nb", "a\x1b[31m", "a\"b",     "a'b",
                                        "a\\b", "%0a",  "a b",       "\xc3\xa4", "a\x7f",
                                        "a,b",  "a;b",  "<a>",       "\t",       "a\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_rejected(texts[i], strlen(texts[i]), "bad_character");
    }
    assert_rejected("a\0b", 3, "bad_character");
    assert_rejected("\0", 1, "bad_character");
}

static void test_ids_of_1_to_128_bytes_are_accepted(void **state)
{
    char text[8000];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_rejected(text, 0, "empty");
    assert_null(trl_id_reject_reason(text, 1));
    assert_null(trl_id_reject_reason(text, 128));
    assert_rejected(text, 129, "too_long");
    assert_rejected(text, sizeof(text), "too_long");
}

static void test_every_byte_is_judged_as_the_contract_says(void **state)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:+/=@-";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text = (char)byte;
        bool valid = trl_id_reject_reason(&text, 1) == NULL;
        assert_int_equal(valid, byte != 0 && strchr(allowed, byte) != NULL);
        for (size_t at = 0; at < 36; at++) {
            char longer[] = "0b3c8f8e-7d52-4b43-9c58-6f1de2a4c9d0";
            longer[at] = (char)byte;
            assert_int_equal(trl_id_reject_reason(longer, 36) == NULL, valid);
        }
    }
}

static void test_a_valid_id_is_taken_and_of_another_nothing(void **state)
{
    char text[129];
    char taken[129];

    (void)state;
    for (size_t size = 1; size <= 128; size++) {
        memset(text, 'x', sizeof(text));
        text[size - 1] = 'y';
        memset(taken, 'z', sizeof(taken));
        assert_null(trl_id_take(text, size, taken));
        assert_int_equal(strlen(taken), size);
        assert_memory_equal(taken, text, size);
        text[size / 2] = ' ';
        assert_string_equal(trl_id_take(text, size, taken), "bad_character");
        assert_string_equal(taken, "");
    }
    assert_string_equal(trl_id_take(text, 129, taken), "too_long");
    assert_string_equal(taken, "");
}

static void test_a_bad_byte_is_found_wherever_it_stands(void **state)
{
    char text[129];

    (void)state;
    for (size_t size = 1; size <= 128; size++) {
        memset(text, 'x', sizeof(text));
        text[size] = '"'; /* behind the ID, and no part of it */
        assert_null(trl_id_reject_reason(text, size));
        for (size_t at = 0; at < size; at++) {
            text[at] = ' ';
            assert_rejected(text, size, "bad_character");
            text[at] = 'x';
        }
    }
}

static void test_hex_digits_are_told_by_each_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text[32];
        bool valid = byte != 0 && strchr("0123456789abcdef", byte) != NULL;

        memset(text, '1', sizeof(text));
        for (size_t at = 0; at < sizeof(text); at += 5) {
            text[at] = (char)byte;
            assert_int_equal(trl_id_is_hex(text, 32), valid);
        }
    }
}

static void test_hex_must_be_lower_case_and_not_all_zero(void **state)
{
    (void)state;
    assert_true(trl_id_is_hex("00f067aa0ba902b7", 16));
    assert_false(trl_id_is_hex("00F067aa0ba902b7", 16));
    assert_false(trl_id_is_hex("0000000000000000", 16));
    assert_false(trl_id_is_hex("00f067aa0ba902bg", 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_uuid4_is_one_by_libuuid),
        cmocka_unit_test(test_a_uuid7_bears_the_time),
        cmocka_unit_test(test_hex_ids_are_hex_and_differ),
        cmocka_unit_test(test_ids_with_forbidden_bytes_are_rejected),
        cmocka_unit_test(test_ids_of_1_to_128_bytes_are_accepted),
        cmocka_unit_test(test_every_byte_is_judged_as_the_contract_says),
        cmocka_unit_test(test_a_valid_id_is_taken_and_of_another_nothing),
        cmocka_unit_test(test_a_bad_byte_is_found_wherever_it_stands),
        cmocka_unit_test(test_hex_digits_are_told_by_each_byte),
        cmocka_unit_test(test_hex_must_be_lower_case_and_not_all_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
