/* Places that log: what one remembers of its first line must not be told of another. */
#include "lines.h"

#include "log/local.h"
#include "log/redact.h"
#include "log/site.h"

#include <string.h>

static void log_message(const char *message)
{
    trail_info("came", message, trail_kv("n", 1));
}

static void test_a_message_that_is_no_literal_is_not_remembered(void **state)
{
    static char message[16];

    (void)state;
    for (int i = 0; i < 3; i++) {
        message[0] = (char)('a' + i);
        log_message(message);
        assert_line_has_text("message", message);
    }
    log_message(NULL);
    assert_line_has_not("message");
}

static void test_a_place_may_choose_between_messages(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        trail_info("came", i % 3 == 0 ? "zero" : "other", trail_kv("n", i));
        assert_line_has_text("message", i % 3 == 0 ? "zero" : "other");
        assert_line_has_number("n", i);
    }
}

static void test_a_place_may_choose_between_fields(void **state)
{
    static const char *const lines[] = {
        ",\"even\":0,\"count\":\"many\"}",
        ",\"password\":\"[redacted]\",\"count\":1}",
        ",\"password\":\"[redacted]\",\"count\":\"many\"}",
    };

    (void)state;
    for (int i = 0; i < 9; i++) {
        trail_info("came", "m", i % 3 == 0 ? trail_kv("even", 0) : trail_kv("password", "x"),
                   i % 3 == 1 ? trail_kv("count", 1) : trail_kv("count", "many"));
        assert_string_equal(strchr(strstr(lines_last(), "\"m\""), ','), lines[i % 3]);
    }
}

static void log_by(const struct trail_logger *logger)
{
    trail_log_info(logger, "came", "m", trail_kv("a", 1), trail_kv("b", 2), trail_kv("c", 3));
}

static void test_a_field_beats_a_bound_one_wherever_it_is_remembered(void **state)
{
    struct trail_logger bound;

    (void)state;
    trail_logger_init(&bound, NULL, trail_kv("b", "bound"), trail_kv("d", "bound"));
    for (int i = 0; i < 3; i++) {
        log_by(NULL);
        assert_non_null(strstr(lines_last(), ",\"a\":1,\"b\":2,\"c\":3}"));
        log_by(&bound);
        assert_line_has_number("b", 2);
        assert_line_has_text("d", "bound");
        assert_null(strstr(strstr(lines_last(), "\"b\":") + 1, "\"b\":"));
    }
}

static void test_a_place_judges_anew_under_another_configuration(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        if (i == 2) {
            assert_int_equal(trl_redact_configure("colour", "token"), TRAIL_OK);
        } else if (i == 4) {
            assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
        }
        bool other = i == 2 || i == 3;
        trail_info("came", "m", trail_kv("colour", "red"), trail_kv("token", "t"));
        assert_line_has_text("colour", other ? "[redacted]" : "red");
        assert_line_has_text("token", other ? "t" : "[redacted]");
    }
}

static void test_a_configuration_that_comes_again_is_the_same(void **state)
{
    (void)state;
    assert_int_equal(trl_redact_configure("colour", NULL), TRAIL_OK);
    unsigned generation = trl_redact_generation();
    assert_int_equal(trl_redact_configure("colour", NULL), TRAIL_OK);
    assert_int_equal(trl_redact_generation(), generation);
    assert_int_equal(trl_redact_configure(NULL, "colour"), TRAIL_OK);
    assert_int_not_equal(trl_redact_generation(), generation);
    assert_int_equal(trl_redact_configure(NULL, NULL), TRAIL_OK);
}

#define LONG_MESSAGE "A message that is longer than what a place can keep, though it is a literal"

static void test_what_a_place_cannot_keep_is_logged_as_ever(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        trail_info("came", LONG_MESSAGE, trail_kv("n", i));
        assert_line_has_text("message", LONG_MESSAGE);
        trail_info("came", "password=hunter2", trail_kv("n", i));
        assert_line_has_text("message", "password=[redacted]");
        trail_info("an_event_whose_name_is_longer_than_a_place_has_room_for_it_in_a_line", NULL);
        assert_line_has_text(
            "event", "an_event_whose_name_is_longer_than_a_place_has_room_for_it_in_a_line");
        trail_info("came", NULL, trail_kv("a_key_that_is_longer_than_what_is_kept_of_one", i));
        assert_line_has_number("a_key_that_is_longer_than_what_is_kept_of_one", i);
        trail_info("came", NULL, trail_kv("requestId", i), trail_kv("n", i));
        assert_line_has_number("field.requestId", i);
        assert_line_has_number("n", i);
        trail_info("came", NULL, trail_kv("n", i), trail_kv("n", i + 1));
        assert_line_has_number("n", i + 1);
    }
}

static int log_within(int n)
{
    trail_info("within", NULL, trail_kv("n", n));
    return n + 1;
}

/* Under -Wall and -Wextra, -Wpedantic, -Wshadow. */
static void test_a_call_stands_wherever_an_expression_can(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            trail_info("first", NULL);
        else
            trail_info("second", "m");
        i == 0 ? trail_info("third", NULL) : (void)0, trail_info("fourth", NULL);
        trail_info("outer", trail_message("%d of %d", i, 2), trail_kv("n", log_within(i)));
        assert_line_has_text("event", "outer");
        assert_line_has_number("n", i + 1);
    }
    assert_int_equal(lines_count(), 2 + 1 + 2 + 4);
}

enum { ALIKE = 3 };

/* Fields whose keys belong in one slot of this thread's cache. */
static void make_fields_alike(struct trail_field fields[ALIKE])
{
    static char room[1 << 16];
    struct trl_key_cache *cache = &trl_log_local()->keys;
    size_t made = 0;

    for (size_t at = 0; at + 3 <= sizeof(room) && made < ALIKE; at += 4) {
        if (trl_key_slot(cache, room + at) == trl_key_slot(cache, room)) {
            room[at] = 'k';
            room[at + 1] = (char)('0' + made);
            fields[made] = trail_field_int(room + at, 2, (int64_t)made);
            fields[made++].literal = 1;
        }
    }
    assert_int_equal(made, ALIKE);
}

static void test_keys_that_want_one_slot_are_all_remembered_with_their_place(void **state)
{
    static _Alignas(64) char memory[sizeof(struct trl_site) + (ALIKE + 1) * sizeof(struct trl_key)];
    const struct trl_site *site = (const void *)memory;
    struct trail_field fields[ALIKE];

    (void)state;
    make_fields_alike(fields);
    for (int i = 0; i < 2; i++) {
        trail_emit_at_((void *)memory, true, NULL, TRAIL_LEVEL_INFO, "came", 4, "m", fields, ALIKE);
        assert_non_null(strstr(lines_last(), ",\"k0\":0,\"k1\":1,\"k2\":2}"));
    }
    for (size_t i = 0; i < ALIKE; i++) {
        assert_ptr_equal(site->keys[i].literal, fields[i].key);
    }
    assert_null(site->keys[ALIKE].literal);
}

static void test_a_field_that_is_absent_at_first_keeps_no_other_from_its_place(void **state)
{
    static _Alignas(64) char memory[sizeof(struct trl_site) + (ALIKE + 1) * sizeof(struct trl_key)];
    const struct trl_site *site = (const void *)memory;
    struct trail_field fields[ALIKE];
    struct trail_field absent;

    (void)state;
    make_fields_alike(fields);
    absent = fields[0];
    fields[0] = trail_field_base(NULL, 0, TRAIL_FIELD_NONE);
    trail_emit_at_((void *)memory, true, NULL, TRAIL_LEVEL_INFO, "came", 4, "m", fields, ALIKE);
    assert_non_null(strstr(lines_last(), "\"m\",\"k1\":1,\"k2\":2}"));
    assert_ptr_equal(site->keys[0].literal, fields[1].key);
    assert_ptr_equal(site->keys[1].literal, fields[2].key);
    assert_null(site->keys[2].literal);
    fields[0] = absent;
    trail_emit_at_((void *)memory, true, NULL, TRAIL_LEVEL_INFO, "came", 4, "m", fields, ALIKE);
    assert_non_null(strstr(lines_last(), "\"m\",\"k0\":0,\"k1\":1,\"k2\":2}"));
}

static void test_two_keys_that_want_one_slot_stay_in_the_cache(void **state)
{
    struct trl_key_cache *cache = &trl_log_local()->keys;
    struct trail_field fields[ALIKE];

    (void)state;
    make_fields_alike(fields);
    for (int i = 0; i < 2; i++) {
        trail_emit(NULL, TRAIL_LEVEL_INFO, "came", 4, "m", fields, 2);
        assert_non_null(strstr(lines_last(), ",\"k0\":0,\"k1\":1}"));
        assert_non_null(trl_key_find(cache, &fields[0]));
        assert_non_null(trl_key_find(cache, &fields[1]));
    }
    trail_emit(NULL, TRAIL_LEVEL_INFO, "came", 4, "m", fields + 2, 1);
    assert_non_null(strstr(lines_last(), ",\"k2\":2}"));
    assert_non_null(trl_key_find(cache, &fields[2]));
    assert_non_null(trl_key_find(cache, &fields[1]));
    assert_null(trl_key_find(cache, &fields[0]));
}

#define IN_LINES(test) cmocka_unit_test_setup_teardown(test, lines_open, lines_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LINES(test_a_message_that_is_no_literal_is_not_remembered),
        IN_LINES(test_a_place_may_choose_between_messages),
        IN_LINES(test_a_place_may_choose_between_fields),
        IN_LINES(test_a_field_beats_a_bound_one_wherever_it_is_remembered),
        IN_LINES(test_a_place_judges_anew_under_another_configuration),
        IN_LINES(test_a_configuration_that_comes_again_is_the_same),
        IN_LINES(test_what_a_place_cannot_keep_is_logged_as_ever),
        IN_LINES(test_keys_that_want_one_slot_are_all_remembered_with_their_place),
        IN_LINES(test_a_field_that_is_absent_at_first_keeps_no_other_from_its_place),
        IN_LINES(test_two_keys_that_want_one_slot_stay_in_the_cache),
        IN_LINES(test_a_call_stands_wherever_an_expression_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
