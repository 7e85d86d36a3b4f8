/* The rules of W3C Baggage, "Baggage HTTP Header Format"; each test names its part. */
#include "unit.h"

#include "context/baggage.h"

#include <stdio.h>
#include <string.h>

static char written[TRL_BAGGAGE_MAX + 1];

#define JOIN(...)                                                                                  \
    join((const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *join(const char *const *texts, size_t count)
{
    struct trl_text items[TRL_VALUES_MAX];
    struct trl_values values = {.count = (unsigned)count, .item = items};

    for (size_t i = 0; i < count && i < TRL_VALUES_MAX; i++) {
        values.item[i] = (struct trl_text){texts[i], strlen(texts[i])};
    }
    size_t size = trl_baggage_join(&values, written, sizeof(written));
    assert_int_equal(size, strlen(written));
    return written;
}

static const char *decode(const char *value)
{
    static char text[256];
    size_t size =
        trl_baggage_decode((struct trl_text){value, strlen(value)}, text, sizeof(text) - 1);
    text[size] = '\0';
    return text;
}

/* "Definition": key, value and properties, with white space around each. */
static void test_members_are_read_with_their_properties(void **state)
{
    const char *text = "key1=value1;property1;property2, key2 = value2, key3=v=3; p = q ,k=";
    struct trl_text rest = {text, strlen(text)};
    struct trl_baggage_member member;

    (void)state;
    assert_true(trl_baggage_next(&rest, &member));
    assert_true(trl_text_equals(member.key, "key1"));
    assert_true(trl_text_equals(member.value, "value1"));
    assert_true(trl_text_equals(member.whole, "key1=value1;property1;property2"));
    assert_true(trl_baggage_next(&rest, &member));
    assert_true(trl_text_equals(member.key, "key2"));
    assert_true(trl_text_equals(member.value, "value2"));
    assert_true(trl_baggage_next(&rest, &member));
    assert_true(trl_text_equals(member.value, "v=3"));
    assert_true(trl_text_equals(member.whole, "key3=v=3; p = q"));
    assert_true(trl_baggage_next(&rest, &member));
    assert_int_equal(member.value.size, 0);
    assert_false(trl_baggage_next(&rest, &member));
}

/* "Header name": several headers are one list, in order; so are equal keys. */
static void test_several_headers_are_joined_in_order(void **state)
{
    (void)state;
    assert_string_equal(
        JOIN("userId=alice", " serverNode=DF%2028,isProduction=false\t", "userId=bob"),
        "userId=alice,serverNode=DF%2028,isProduction=false,userId=bob");
}

static void test_malformed_members_are_left_out_alone(void **state)
{
    static const char *const members[] = {
        "",          " ",         "key",         "=value",     "k y=v",
        "key=\"v\"", "key=a b",   "key=a\\b",    "key=\x01",   "key=\xc3\xa4",
        "key=v;",    "key=v;p p", "key=v;=q",    "key=v;p=\"", ";",
        "@=1",       "key=a\x7F", "k\xc3\xa4=1", "key;p=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        assert_string_equal(JOIN("a=1", members[i], "b=2"), "a=1,b=2");
    }
}

/* "Limits": 64 members at least. */
static void test_64_members_pass(void **state)
{
    char text[1024] = "";

    (void)state;
    for (int i = 0; i < 70; i++) {
        sprintf(text + strlen(text), "%sk%02d=v", i > 0 ? "," : "", i);
    }
    JOIN(text);
    assert_int_equal(strlen(written), 64 * 6 - 1);
    assert_string_equal(written + strlen(written) - 5, "k63=v");
}

/* "Limits": 8192 bytes at least, and never a part of a member. */
static void test_8192_bytes_pass_and_no_member_is_cut(void **state)
{
    static char big[TRL_BAGGAGE_MAX + 2];

    (void)state;
    memset(big, 'x', TRL_BAGGAGE_MAX);
    big[1] = '=';
    assert_string_equal(JOIN(big), big);
    big[TRL_BAGGAGE_MAX - 3] = '\0';
    JOIN(big, "y=1", "z=2");
    assert_string_equal(written, big);
    big[TRL_BAGGAGE_MAX - 4] = '\0';
    JOIN(big, "y=1", "z=2");
    assert_int_equal(strlen(written), TRL_BAGGAGE_MAX);
    assert_string_equal(written + TRL_BAGGAGE_MAX - 4, ",y=1");
    memset(big, 'x', TRL_BAGGAGE_MAX + 1);
    big[1] = '=';
    assert_string_equal(JOIN(big, "y=1"), "y=1");
}

static void test_headers_beyond_those_that_are_kept_are_left_out(void **state)
{
    const char *texts[TRL_VALUES_MAX + 5];

    (void)state;
    for (size_t i = 0; i < TRL_VALUES_MAX + 5; i++) {
        texts[i] = "a=1";
    }
    assert_int_equal(strlen(join(texts, TRL_VALUES_MAX + 5)), 64 * 4 - 1);
}

static const char *selected(const char *baggage, const char *const *names, size_t count)
{
    struct trl_list list = {.count = count, .items = names};

    trl_baggage_select((struct trl_text){baggage, strlen(baggage)}, &list, written,
                       sizeof(written));
    return written;
}

static void test_named_members_alone_are_selected(void **state)
{
    const char *baggage = "userId=alice;ttl=3,tier=gold,userid=x,tier=silver";

    (void)state;
    assert_string_equal(selected(baggage, (const char *const[]){"tier", "userId"}, 2),
                        "userId=alice;ttl=3,tier=gold,tier=silver");
    assert_string_equal(selected(baggage, (const char *const[]){"other"}, 1), "");
    assert_string_equal(selected(baggage, NULL, 0), "");
    assert_string_equal(selected(baggage, (const char *const[]){"ALL"}, 1), baggage);
}

/* "value": percent-encoded UTF-8. */
static void test_values_are_percent_decoded(void **state)
{
    (void)state;
    assert_string_equal(decode("alice"), "alice");
    assert_string_equal(decode("DF%2028"), "DF 28");
    assert_string_equal(decode("%C3%A4%e2%82%ac%F0%9F%8D%B5"),
                        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\xb5");
    assert_string_equal(decode(""), "");
}

/* "value": what does not match UTF-8 is replaced with U+FFFD. */
static void test_what_is_not_utf8_becomes_u_fffd(void **state)
{
    (void)state;
    assert_string_equal(decode("a%FFb"), "a\xef\xbf\xbd"
                                         "b");
    assert_string_equal(decode("%C3"), "\xef\xbf\xbd");
    assert_string_equal(decode("%E2%82x"), "\xef\xbf\xbdx");
    assert_string_equal(decode("%ED%A0%80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_a_percent_sign_that_begins_no_code_stands_for_itself(void **state)
{
    (void)state;
    assert_string_equal(decode("100%"), "100%");
    assert_string_equal(decode("%4"), "%4");
    assert_string_equal(decode("%zz%4g%g4%41"), "%zz%4g%g4A");
    assert_string_equal(decode("%/0%:0%@0%`0"), "%/0%:0%@0%`0");
}

static void test_a_decoded_value_is_cut_between_characters(void **state)
{
    char text[4];

    (void)state;
    assert_int_equal(trl_baggage_decode((struct trl_text){"ab%E2%82%AC", 11}, text, 4), 2);
    assert_memory_equal(text, "ab", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_read_with_their_properties),
        cmocka_unit_test(test_several_headers_are_joined_in_order),
        cmocka_unit_test(test_malformed_members_are_left_out_alone),
        cmocka_unit_test(test_64_members_pass),
        cmocka_unit_test(test_8192_bytes_pass_and_no_member_is_cut),
        cmocka_unit_test(test_headers_beyond_those_that_are_kept_are_left_out),
        cmocka_unit_test(test_named_members_alone_are_selected),
        cmocka_unit_test(test_values_are_percent_decoded),
        cmocka_unit_test(test_what_is_not_utf8_becomes_u_fffd),
        cmocka_unit_test(test_a_percent_sign_that_begins_no_code_stands_for_itself),
        cmocka_unit_test(test_a_decoded_value_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
