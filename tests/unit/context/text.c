#include "unit.h"

#include "context/text.h"

#include <string.h>

static struct trl_text text_of(const char *text)
{
    return (struct trl_text){text, strlen(text)};
}

/* RFC 9110, 5.6.2. */
static void test_a_token_is_made_of_its_characters_alone(void **state)
{
    static const char allowed[] =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char character = (char)byte;
        bool is_token = trl_text_is_token((struct trl_text){&character, 1});
        assert_int_equal(is_token, byte != 0 && strchr(allowed, byte) != NULL);
    }
    assert_false(trl_text_is_token(text_of("")));
    assert_false(trl_text_is_token(text_of("a b")));
}

static void test_parts_are_taken_off_one_by_one(void **state)
{
    struct trl_text rest = text_of(" a,, b\t");
    struct trl_text part;

    (void)state;
    assert_true(trl_text_next(&rest, ',', &part));
    assert_true(trl_text_equals(part, "a"));
    assert_true(trl_text_next(&rest, ',', &part));
    assert_true(trl_text_equals(part, ""));
    assert_true(trl_text_next(&rest, ',', &part));
    assert_true(trl_text_equals(part, "b"));
    assert_false(trl_text_next(&rest, ',', &part));
}

static void test_texts_are_the_same_by_their_bytes(void **state)
{
    (void)state;
    assert_true(trl_text_same(text_of("ab"), text_of("ab")));
    assert_false(trl_text_same(text_of("ab"), text_of("abc")));
    assert_false(trl_text_same(text_of("ab"), text_of("aB")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_made_of_its_characters_alone),
        cmocka_unit_test(test_parts_are_taken_off_one_by_one),
        cmocka_unit_test(test_texts_are_the_same_by_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
