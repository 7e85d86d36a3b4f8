/* Who may log in, who is logged in, and who has guessed too often. In memory: a restart forgets
 * sessions and failures. */
#ifndef DEMO_ACCOUNTS_H
#define DEMO_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#define ACCOUNT_USER_MAX     64
#define ACCOUNT_PASSWORD_MAX 128
#define ACCOUNT_TOKEN_BYTES  65
#define ACCOUNT_FAILURES_MAX 5

struct accounts;

enum login_outcome {
    LOGIN_SUCCEEDED,
    LOGIN_FAILED,
    LOGIN_FAILED_AND_LOCKED, /* this was one failure too many */
    LOGIN_LOCKED,            /* not even tried */
    LOGIN_UNAVAILABLE,       /* no memory, no entropy */
};

struct login {
    enum login_outcome outcome;
    unsigned failures; /* in a row, this one included */
    unsigned lock_s;   /* until the next try, if locked; rounded up */
    char token[ACCOUNT_TOKEN_BYTES];
};

/* NULL: no memory. lock_ms is how long a user is locked after ACCOUNT_FAILURES_MAX failures. */
struct accounts *accounts_new(unsigned lock_ms);
void accounts_free(struct accounts *accounts);

/* Tries a password. A user that does not exist fails, is counted, is locked, and takes as long as
 * one that does. Any thread. */
void accounts_login(struct accounts *accounts, const char *user_id, const char *password,
                    struct login *ret_login);

/* Whose session a token is. False: nobody's. Any thread. */
bool accounts_session(struct accounts *accounts, const char *token,
                      char ret_user[ACCOUNT_USER_MAX + 1], bool *ret_is_admin);

#endif
