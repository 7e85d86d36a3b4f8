/* Counting the content of chunked bodies. */
#include "unit.h"

#include "civetweb/chunked.h"

#include <string.h>

static struct trl_chunked feed(const char *text, size_t piece)
{
    struct trl_chunked chunked = {0};
    size_t size = strlen(text);

    for (size_t at = 0; at < size; at += piece) {
        trl_chunked_feed(&chunked, text + at, size - at < piece ? size - at : piece);
    }
    return chunked;
}

static void assert_content(const char *text, uint64_t content, bool ended, bool malformed)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct trl_chunked chunked = feed(text, piece);
        assert_int_equal(chunked.content, content);
        assert_int_equal(chunked.ended, ended);
        assert_int_equal(chunked.malformed, malformed);
    }
}

static void test_content_is_counted_without_its_framing(void **state)
{
    (void)state;
    assert_content("2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n", 12, true, false);
    assert_content("2;name=value\r\nhi\r\n0\r\nTrailer: x\r\n\r\n", 2, true, false);
    assert_content("2\nhi\n0\n\n", 2, true, false);
    assert_content("0\r\n\r\n", 0, true, false);
}

static void test_a_body_without_its_last_chunk_has_not_ended(void **state)
{
    (void)state;
    assert_content("2\r\nhi\r\n", 2, false, false);
    assert_content("5\r\nhi", 2, false, false);
    assert_content("2\r\nhi\r\n0\r\n", 2, false, false);
}

static void test_what_is_no_chunked_coding_is_counted_as_it_is(void **state)
{
    (void)state;
    assert_content("hello", 5, false, true);
    assert_content("\r\n\r\n", 4, false, true);
    assert_content(";x\r\n\r\n", 6, false, true);
    assert_content("2\r\nhi\r\n\r\n0\r\n\r\n", 9, false, true);
    assert_content("2\r\nhix", 3, false, true);
    assert_content("ffffffffffffffffff\r\n", 5, false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_is_counted_without_its_framing),
        cmocka_unit_test(test_a_body_without_its_last_chunk_has_not_ended),
        cmocka_unit_test(test_what_is_no_chunked_coding_is_counted_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
