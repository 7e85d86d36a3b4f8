/* Texts that come in chunks: a secret that spans several is hidden as well. */
#include "unit.h"

#include "log/redact.h"

#include <string.h>

/* What a stream makes of the chunks; until the next call. */
static const char *redacted(const char *const *chunks, size_t count)
{
    static char result[200];
    static char out[65536];
    struct trl_redact_stream stream = {0};

    result[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t size = trl_redact_chunk(&stream, chunks[i], strlen(chunks[i]), out, sizeof(out));
        strncat(result, out, size);
    }
    return result;
}
#define REDACTED(chunks) redacted((chunks), sizeof(chunks) / sizeof((chunks)[0]))

static void test_a_stream_hides_a_block_that_spans_chunks(void **state)
{
    static const char *const chunks[] = {"a=1\n-----BEGIN PRIVATE KEY-----\n", "MIIE\n", "abc\n",
                                         "-----END PRIVATE KEY-----\nb=2\n", "pwd=3\n"};

    (void)state;
    assert_string_equal(REDACTED(chunks), "a=1\n[redacted]\nb=2\npwd=[redacted]\n");
}

static void test_a_stream_hides_other_key_files_that_span_chunks(void **state)
{
    static const char *const chunks[] = {"---- BEGIN SSH2 PUBLIC KEY ----\n",
                                         "AAAA\n",
                                         "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
                                         "P2/56wAAA\n",
                                         "---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
                                         "a=1\n",
                                         "PuTTY-User-Key-File-3: ssh-ed25519\r\n",
                                         "Encryption: none\r\n",
                                         "Private-Lines: 1\r\n",
                                         "AAAAIIbV\r\n",
                                         "Private-MAC: 0123abcd\r\n",
                                         "b=2\n",
                                         "PuTTY-User-Key-File-2: ssh-rsa\n",
                                         "AAAA"};

    (void)state;
    assert_string_equal(REDACTED(chunks), "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n[redacted]\na=1\n"
                                          "[redacted]\r\nb=2\n[redacted]");
}

static void test_a_stream_hides_a_value_that_spans_chunks(void **state)
{
    static const char *const chunks[] = {"{\n",
                                         "  \"credentials\": {\r\n",
                                         "    \"a\": [\"}\"],\n",
                                         "    \"b\": {}\n",
                                         "  }, \"pin\": 1234,\n",
                                         "  \"tokens\": [\n",
                                         "  ],\n",
                                         "  \"n\": {\n",
                                         "token: [a\n",
                                         "}\n"};

    (void)state;
    assert_string_equal(REDACTED(chunks),
                        "{\n  \"credentials\": \"[redacted]\", \"pin\": \"[redacted]\",\n"
                        "  \"tokens\": \"[redacted]\",\n  \"n\": {\ntoken: [redacted]\n}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stream_hides_a_block_that_spans_chunks),
        cmocka_unit_test(test_a_stream_hides_other_key_files_that_span_chunks),
        cmocka_unit_test(test_a_stream_hides_a_value_that_spans_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
