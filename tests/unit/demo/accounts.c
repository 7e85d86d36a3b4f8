#include "unit.h"

#include "checkout/accounts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS 3600000
#define AT_ONCE 16

static enum login_outcome log_in(struct accounts *accounts, const char *user_id,
                                 const char *password)
{
    struct login login;

    accounts_login(accounts, user_id, password, &login);
    return login.outcome;
}

static void test_a_session_is_its_users_and_no_one_elses(void **state)
{
    struct accounts *accounts = accounts_new(HOUR_MS);
    struct login login;
    char user_id[ACCOUNT_USER_MAX + 1];
    bool is_admin = true;

    (void)state;
    accounts_login(accounts, "ada", "tea-at-five", &login);
    assert_int_equal(login.outcome, LOGIN_SUCCEEDED);
    assert_int_equal(strlen(login.token), ACCOUNT_TOKEN_BYTES - 1);
    assert_true(accounts_session(accounts, login.token, user_id, &is_admin));
    assert_string_equal(user_id, "ada");
    assert_false(is_admin);
    login.token[5] = login.token[5] == 'a' ? 'b' : 'a';
    assert_false(accounts_session(accounts, login.token, user_id, &is_admin));
    assert_false(accounts_session(accounts, "", user_id, &is_admin));
    accounts_free(accounts);
}

static void test_a_token_of_nothing_opens_no_free_entry(void **state)
{
    struct accounts *accounts = accounts_new(HOUR_MS);
    char zeros[ACCOUNT_TOKEN_BYTES];
    char user_id[ACCOUNT_USER_MAX + 1];
    bool is_admin = false;

    (void)state;
    memset(zeros, '0', sizeof(zeros));
    zeros[sizeof(zeros) - 1] = '\0';
    assert_false(accounts_session(accounts, zeros, user_id, &is_admin));
    accounts_free(accounts);
}

static void test_five_failures_lock_even_the_right_password_out(void **state)
{
    struct accounts *accounts = accounts_new(HOUR_MS);
    struct login login;

    (void)state;
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(log_in(accounts, "grace", "wrong"), LOGIN_FAILED);
    }
    assert_int_equal(log_in(accounts, "grace", "wrong"), LOGIN_FAILED_AND_LOCKED);
    accounts_login(accounts, "grace", "earl-grey-hot", &login);
    assert_int_equal(login.outcome, LOGIN_LOCKED);
    assert_int_equal(login.failures, 5);
    assert_in_range(login.lock_s, 3590, 3600);
    assert_string_equal(login.token, "");
    assert_int_equal(log_in(accounts, "ada", "tea-at-five"), LOGIN_SUCCEEDED);
    accounts_free(accounts);
}

static void test_no_password_fits_a_user_that_is_none(void **state)
{
    struct accounts *accounts = accounts_new(HOUR_MS);

    (void)state;
    assert_int_equal(log_in(accounts, "nobody", "nobody has this one"), LOGIN_FAILED);
    assert_int_equal(log_in(accounts, "nobody", ""), LOGIN_FAILED);
    accounts_free(accounts);
}

static void test_the_failures_of_others_do_not_count(void **state)
{
    struct accounts *accounts = accounts_new(1);
    char user_id[32];

    (void)state;
    assert_int_equal(log_in(accounts, "ada", "wrong"), LOGIN_FAILED);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(user_id, sizeof(user_id), "user-%d", i);
        assert_int_equal(log_in(accounts, user_id, "wrong"), LOGIN_FAILED);
    }
    assert_int_equal(log_in(accounts, "ada", "tea-at-five"), LOGIN_SUCCEEDED);
    accounts_free(accounts);
}

struct guessing {
    struct accounts *accounts;
    atomic_uint tried;
};

static void *guess(void *context)
{
    struct guessing *guessing = context;

    if (log_in(guessing->accounts, "ada", "wrong") != LOGIN_LOCKED) {
        (void)atomic_fetch_add(&guessing->tried, 1);
    }
    return NULL;
}

static void test_of_many_guesses_at_once_five_are_looked_at(void **state)
{
    struct guessing guessing = {.accounts = accounts_new(HOUR_MS)};
    pthread_t threads[AT_ONCE];

    (void)state;
    for (int i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &guessing), 0);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&guessing.tried), ACCOUNT_FAILURES_MAX);
    accounts_free(guessing.accounts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_is_its_users_and_no_one_elses),
        cmocka_unit_test(test_a_token_of_nothing_opens_no_free_entry),
        cmocka_unit_test(test_five_failures_lock_even_the_right_password_out),
        cmocka_unit_test(test_no_password_fits_a_user_that_is_none),
        cmocka_unit_test(test_the_failures_of_others_do_not_count),
        cmocka_unit_test(test_of_many_guesses_at_once_five_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
