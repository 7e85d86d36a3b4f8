#include "unit.h"

#include "core/utf8.h"

#include <string.h>

static void assert_decodes(const char *text, size_t size, uint32_t code_point, size_t taken)
{
    size_t length = 0;

    assert_int_equal(trl_utf8_decode(text, size, &length), code_point);
    assert_int_equal(length, taken);
}

static void test_every_code_point_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t code_point = 1; code_point <= 0x10FFFF; code_point++) {
        char text[4];

        if (code_point >= 0xD800 && code_point <= 0xDFFF) {
            continue;
        }
        size_t size = trl_utf8_encode(code_point, text);
        assert_decodes(text, size, code_point, size);
    }
}

static void test_ill_formed_sequences_are_replaced_by_their_maximal_subpart(void **state)
{
    (void)state;
    assert_decodes("\x80", 1, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xC0\x80", 2, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xE0\x80\x80", 3, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xED\xA0\x80", 3, TRL_UTF8_REPLACEMENT, 1); /* a surrogate */
    assert_decodes("\xF4\x90\x80\x80", 4, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xF5\x80\x80\x80", 4, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xE2\x82"
                   "A",
                   3, TRL_UTF8_REPLACEMENT, 2);
    assert_decodes("\xF0\x9F\x98", 3, TRL_UTF8_REPLACEMENT, 3); /* cut off */
}

static void test_the_end_is_never_read_past(void **state)
{
    (void)state;
    assert_decodes("\xE2\x82\xAC", 1, TRL_UTF8_REPLACEMENT, 1);
    assert_decodes("\xE2\x82\xAC", 2, TRL_UTF8_REPLACEMENT, 2);
}

static void test_a_cut_falls_between_code_points(void **state)
{
    static const char text[] = "a\xE2\x82\xAC\xF0\x9F\x98\x80z";

    (void)state;
    assert_int_equal(trl_utf8_cut(text, strlen(text), 100), strlen(text));
    assert_int_equal(trl_utf8_cut(text, strlen(text), 1), 1);
    assert_int_equal(trl_utf8_cut(text, strlen(text), 2), 1);
    assert_int_equal(trl_utf8_cut(text, strlen(text), 3), 1);
    assert_int_equal(trl_utf8_cut(text, strlen(text), 4), 4);
    assert_int_equal(trl_utf8_cut(text, strlen(text), 7), 4);
    assert_int_equal(trl_utf8_cut(text, strlen(text), 8), 8);
    assert_int_equal(trl_utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
    assert_int_equal(trl_utf8_cut("\x80\x80\x80", 3, 0), 0);
}

static void test_a_code_point_takes_the_columns_of_a_terminal(void **state)
{
    static const struct {
        uint32_t code_point;
        unsigned columns;
    } cases[] = {
        {0, 0},       {0x1F, 0},    {' ', 1},     {'~', 1},     {0x7F, 0},     {0x9F, 0},
        {0xA0, 1},    {0xE9, 1},    {0x2FF, 1},   {0x300, 0},   {0x36F, 0},    {0x370, 1},
        {0x10FF, 1},  {0x1100, 2},  {0x1160, 0},  {0x200D, 0},  {0x2026, 1},   {0x4E00, 2},
        {0xAC00, 2},  {0xFE0F, 0},  {0xFF01, 2},  {0xFF61, 1},  {0xFFFD, 1},   {0x1F600, 2},
        {0x1FB00, 1}, {0x20000, 2}, {0xE0100, 0}, {0xE01EF, 0}, {0x10FFFF, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(trl_utf8_columns(cases[i].code_point), cases[i].columns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point_survives_a_round_trip),
        cmocka_unit_test(test_ill_formed_sequences_are_replaced_by_their_maximal_subpart),
        cmocka_unit_test(test_the_end_is_never_read_past),
        cmocka_unit_test(test_a_cut_falls_between_code_points),
        cmocka_unit_test(test_a_code_point_takes_the_columns_of_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
