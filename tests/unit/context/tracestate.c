/* The rules of W3C Trace Context Level 2, sections 3.3 and 3.5; each test names its own. */
#include "unit.h"

#include "context/tracestate.h"

#include <stdio.h>
#include <string.h>

static struct trl_tracestate list;
static char written[TRL_TRACESTATE_MAX + 1];

static struct trl_values values_of(const char *const *texts, size_t count)
{
    static struct trl_text items[TRL_VALUES_MAX];
    struct trl_values values = {.count = (unsigned)count, .item = items};

    for (size_t i = 0; i < count && i < TRL_VALUES_MAX; i++) {
        values.item[i] = (struct trl_text){texts[i], strlen(texts[i])};
    }
    return values;
}

#define PARSE(...)                                                                                 \
    parse((const char *const[]){__VA_ARGS__},                                                      \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static bool parse(const char *const *texts, size_t count)
{
    struct trl_values values = values_of(texts, count);

    return trl_tracestate_parse(&values, &list);
}

static const char *write_with(const char *own_value)
{
    size_t size = trl_tracestate_write(&list, own_value, written, sizeof(written));

    assert_int_equal(size, strlen(written));
    return written;
}

static const char *numbered(char *text, unsigned first, unsigned last)
{
    text[0] = '\0';
    for (unsigned i = first; i <= last; i++) {
        sprintf(text + strlen(text), "%sbar%02u=%02u", i > first ? "," : "", i, i);
    }
    return text;
}

/* 3.3.2: several headers are one list, in order (RFC 9110, 5.3). */
static void test_several_headers_are_joined_in_order(void **state)
{
    (void)state;
    assert_true(PARSE("foo=1,bar=2", "rojo=1,congo=2", "baz=3"));
    assert_string_equal(write_with(NULL), "foo=1,bar=2,rojo=1,congo=2,baz=3");
}

/* 3.3.2: empty and blank members are allowed, and are not sent on. */
static void test_empty_members_are_passed_over(void **state)
{
    (void)state;
    assert_true(PARSE(""));
    assert_int_equal(list.count, 0);
    assert_true(PARSE("foo=1", "", " \t", ",,"));
    assert_string_equal(write_with(NULL), "foo=1");
    assert_true(PARSE("", ", foo=1 ,\t,"));
    assert_string_equal(write_with(NULL), "foo=1");
}

static void test_white_space_around_members_is_dropped(void **state)
{
    (void)state;
    assert_true(PARSE("foo=1 \t , \t bar=2, \t baz=3"));
    assert_string_equal(write_with(NULL), "foo=1,bar=2,baz=3");
    assert_true(PARSE("\t foo=1 \t"));
    assert_string_equal(write_with(NULL), "foo=1");
}

/* 3.3.2.2.2: leading blanks belong to the value. */
static void test_leading_blanks_of_a_value_are_kept(void **state)
{
    (void)state;
    assert_true(PARSE("foo=  a b  "));
    assert_string_equal(write_with(NULL), "foo=  a b");
}

/* 3.3.2.2.1 and 2: every byte that the grammar allows. */
static void test_all_allowed_characters_pass(void **state)
{
    const char *member = "0abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/="
                         "\"!#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                         "abcdefghijklmnopqrstuvwxyz{|}~";
    (void)state;
    assert_true(PARSE(member));
    assert_string_equal(write_with(NULL), member);
    assert_true(PARSE("foo@=1,foo@@bar=1,foo@bar@baz=1,9=2"));
    assert_int_equal(list.count, 4);
}

/* One malformed member discards the whole list. */
static void test_a_malformed_member_discards_the_list(void **state)
{
    static const char *const members[] = {
        "foo =1", "FOO=1",    "foo.bar=1", "@foo=1",   "foo=bar=baz",  "foo=", "foo",  "=1",
        "=",      "foo=\x01", "foo=a\tb",  "foo=\x7F", "foo=\xc3\xa4", "_a=1", "a{=1", "\xff=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        assert_false(PARSE("bar=2", members[i]));
        assert_int_equal(list.count, 0);
    }
}

/* 3.3.2.2.1: 256 characters, whatever at signs are in them. */
static void test_a_key_has_at_most_256_characters(void **state)
{
    char member[300];

    (void)state;
    memset(member, 'z', 256);
    strcpy(member + 256, "=1");
    assert_true(PARSE("foo=1", member));
    member[200] = '@';
    assert_true(PARSE("foo=1", member));
    memset(member, 'z', 257);
    strcpy(member + 257, "=1");
    assert_false(PARSE("foo=1", member));
}

static void test_a_value_has_at_most_256_characters(void **state)
{
    char member[300] = "foo=";

    (void)state;
    memset(member + 4, 'v', 256);
    member[260] = '\0';
    assert_true(PARSE(member));
    strcpy(member + 260, "v");
    assert_false(PARSE(member));
}

/* 3.3.2: 32 members pass, 33 discard the list. */
static void test_33_members_discard_the_list(void **state)
{
    char text[512];

    (void)state;
    assert_true(PARSE(numbered(text, 1, 32)));
    assert_int_equal(list.count, 32);
    assert_false(PARSE(numbered(text, 1, 32), "bar33=33"));
    assert_int_equal(list.count, 0);
    assert_true(PARSE(numbered(text, 1, 32), ",,"));
}

static void test_more_headers_than_are_kept_discard_the_list(void **state)
{
    const char *texts[TRL_VALUES_MAX + 1];

    (void)state;
    for (size_t i = 0; i <= TRL_VALUES_MAX; i++) {
        texts[i] = "";
    }
    assert_true(parse(texts, TRL_VALUES_MAX));
    assert_false(parse(texts, TRL_VALUES_MAX + 1));
}

/* 3.5: a new member stands at the left. */
static void test_our_member_is_put_in_front(void **state)
{
    (void)state;
    assert_true(PARSE("rojo=1,congo=2"));
    assert_string_equal(write_with("00f067aa0ba902b7"), "trail=00f067aa0ba902b7,rojo=1,congo=2");
}

/* 3.5: never twice under one key. */
static void test_our_member_replaces_the_one_that_was_there(void **state)
{
    (void)state;
    assert_true(PARSE("rojo=1,trail=old,trailer=3,congo=2"));
    assert_string_equal(write_with("new"), "trail=new,rojo=1,trailer=3,congo=2");
}

/* 3.3.2: adding to 32 members removes the rightmost. */
static void test_a_full_list_loses_its_rightmost_to_ours(void **state)
{
    char text[512];
    char expected[600];

    (void)state;
    assert_true(PARSE(numbered(text, 1, 32)));
    strcpy(expected, "trail=x,");
    numbered(expected + strlen(expected), 1, 31);
    assert_string_equal(write_with("x"), expected);
}

static void test_a_full_list_with_ours_in_it_loses_nothing(void **state)
{
    char text[512];
    char expected[600];

    (void)state;
    assert_true(PARSE(numbered(text, 1, 31), "trail=old"));
    strcpy(expected, "trail=x,");
    numbered(expected + strlen(expected), 1, 31);
    assert_string_equal(write_with("x"), expected);
}

/* 3.3.3.1: members over 128 characters go first, then those at the end; never a part of one. */
static void test_a_list_without_room_loses_whole_members(void **state)
{
    char big[200];
    char small[64];

    (void)state;
    strcpy(big, "big=");
    memset(big + 4, 'b', 150);
    big[154] = '\0';
    assert_true(PARSE("first=1", big, "second=2", "third=3"));
    assert_int_equal(trl_tracestate_write(&list, NULL, small, sizeof(small)), 24);
    assert_string_equal(small, "first=1,second=2,third=3");
    assert_int_equal(trl_tracestate_write(&list, NULL, small, 24), 16);
    assert_string_equal(small, "first=1,second=2");
    assert_int_equal(trl_tracestate_write(&list, NULL, small, 7), 0);
    assert_string_equal(small, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_headers_are_joined_in_order),
        cmocka_unit_test(test_empty_members_are_passed_over),
        cmocka_unit_test(test_white_space_around_members_is_dropped),
        cmocka_unit_test(test_leading_blanks_of_a_value_are_kept),
        cmocka_unit_test(test_all_allowed_characters_pass),
        cmocka_unit_test(test_a_malformed_member_discards_the_list),
        cmocka_unit_test(test_a_key_has_at_most_256_characters),
        cmocka_unit_test(test_a_value_has_at_most_256_characters),
        cmocka_unit_test(test_33_members_discard_the_list),
        cmocka_unit_test(test_more_headers_than_are_kept_discard_the_list),
        cmocka_unit_test(test_our_member_is_put_in_front),
        cmocka_unit_test(test_our_member_replaces_the_one_that_was_there),
        cmocka_unit_test(test_a_full_list_loses_its_rightmost_to_ours),
        cmocka_unit_test(test_a_full_list_with_ours_in_it_loses_nothing),
        cmocka_unit_test(test_a_list_without_room_loses_whole_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
