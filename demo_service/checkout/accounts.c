/* Accounts: the two users of the demonstration, their sessions, and a bounded memory for failures.
 */
#include "checkout/accounts.h"

#include "shared/clock.h"

#include <crypt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SESSIONS   1024
#define FAILURES   1024
#define SESSION_NS (3600u * 1000000000ull)
#define SECOND_NS  1000000000ull

struct account {
    const char *user_id;
    const char *hash; /* as crypt(5) writes it */
    bool is_admin;
};

/* ada's password is tea-at-five, grace's is earl-grey-hot. The last one is nobody's: it is what the
 * password of an unknown user is compared with. */
static const struct account known[] = {
    {"ada",
     "$6$checkoutAda$wXdpjE8NxliIRC9PBEqV3.A0FjfbP"
     "fOrysuVC3jnTgP/QtBxHG2nXStmKuvwFTcgp01T1ZrhKhlON51XczSlk1",
     false},
    {"grace",
     "$6$checkoutGrace$Yp2bcZAvOB6he6svuV5QQtyRjxS"
     "Pm2FGPeZW.myJ9GVRyfEznGkRudXlFoaaplIaKkV1o4F5sqqL9uy2yxXJV0",
     true},
    {"",
     "$6$checkoutNone$VaeX9eMyRFRDQhskP0Oy0EPHExxP"
     "eWaNxxGatUqqooX0lixhNItAivzCwztCQH4sqEKAxMLhaL3lCql9IRGmU/",
     false},
};
#define KNOWN (sizeof(known) / sizeof(known[0]) - 1)

struct failure {
    char user_id[ACCOUNT_USER_MAX + 1]; /* "": free */
    unsigned count;
    uint64_t last_ns;
};

struct session {
    char token[ACCOUNT_TOKEN_BYTES]; /* "": free */
    const struct account *account;
    uint64_t until_ns;
};

struct accounts {
    pthread_mutex_t mutex; /* guards what follows */
    uint64_t lock_ns;
    struct failure failures[FAILURES];
    struct session sessions[SESSIONS];
};

struct accounts *accounts_new(unsigned lock_ms)
{
    struct accounts *accounts = calloc(1, sizeof(*accounts));

    if (accounts != NULL) {
        accounts->lock_ns = (uint64_t)lock_ms * 1000000u;
        (void)pthread_mutex_init(&accounts->mutex, NULL);
    }
    return accounts;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts != NULL) {
        (void)pthread_mutex_destroy(&accounts->mutex);
        free(accounts);
    }
}

/* The same time for equal and unequal texts of the same length. */
static bool equals(const char *a, const char *b, size_t size)
{
    unsigned char difference = 0;

    for (size_t i = 0; i < size; i++) {
        difference |= (unsigned char)(a[i] ^ b[i]);
    }
    return difference == 0;
}

static const struct account *find_account(const char *user_id)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].user_id, user_id) == 0) {
            return &known[i];
        }
    }
    return &known[KNOWN];
}

/* False without memory; crypt's own is too large for the stack of CivetWeb's threads. */
static bool check_password(const struct account *account, const char *password, bool *ret_right)
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    const char *hash = data != NULL ? crypt_r(password, account->hash, data) : NULL;
    size_t size = strlen(account->hash);

    *ret_right = hash != NULL && strlen(hash) == size && equals(hash, account->hash, size) &&
                 account != &known[KNOWN];
    free(data);
    return hash != NULL;
}

/* The user's failures, or room for them: a free entry, else the one that failed longest ago. */
static struct failure *find_failure(struct accounts *accounts, const char *user_id)
{
    struct failure *best = &accounts->failures[0];

    for (size_t i = 0; i < FAILURES; i++) {
        struct failure *failure = &accounts->failures[i];
        if (strcmp(failure->user_id, user_id) == 0) {
            return failure;
        }
        if (failure->last_ns < best->last_ns) {
            best = failure;
        }
    }
    memset(best, 0, sizeof(*best));
    (void)snprintf(best->user_id, sizeof(best->user_id), "%s", user_id);
    return best;
}

/* Counts a try as a failure until it is known to be none: of many at once, five get through. False:
 * the user is locked. */
static bool begin_try(struct accounts *accounts, const char *user_id, struct login *ret_login)
{
    (void)pthread_mutex_lock(&accounts->mutex);
    struct failure *failure = find_failure(accounts, user_id);
    uint64_t now_ns = clock_now_ns();
    uint64_t until_ns = failure->last_ns + accounts->lock_ns;
    bool full = failure->count >= ACCOUNT_FAILURES_MAX;
    bool locked = full && now_ns < until_ns;
    if (!locked) {
        failure->count = full ? 1 : failure->count + 1;
        failure->last_ns = now_ns;
        until_ns = now_ns + accounts->lock_ns;
    }
    ret_login->failures = failure->count;
    ret_login->lock_s = (unsigned)((until_ns - now_ns + SECOND_NS - 1) / SECOND_NS);
    (void)pthread_mutex_unlock(&accounts->mutex);
    return !locked;
}

static bool new_token(char ret_token[ACCOUNT_TOKEN_BYTES])
{
    unsigned char bytes[(ACCOUNT_TOKEN_BYTES - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        (void)snprintf(ret_token + 2 * i, 3, "%02x", bytes[i]);
    }
    return true;
}

static void open_session(struct accounts *accounts, const struct account *account,
                         struct login *ret_login)
{
    if (!new_token(ret_login->token)) {
        ret_login->outcome = LOGIN_UNAVAILABLE;
        return;
    }
    (void)pthread_mutex_lock(&accounts->mutex);
    struct session *session = &accounts->sessions[0];
    for (size_t i = 1; i < SESSIONS; i++) {
        if (accounts->sessions[i].until_ns < session->until_ns) {
            session = &accounts->sessions[i];
        }
    }
    memcpy(session->token, ret_login->token, sizeof(session->token));
    session->account = account;
    session->until_ns = clock_now_ns() + SESSION_NS;
    memset(find_failure(accounts, account->user_id), 0, sizeof(struct failure));
    (void)pthread_mutex_unlock(&accounts->mutex);
    ret_login->outcome = LOGIN_SUCCEEDED;
}

void accounts_login(struct accounts *accounts, const char *user_id, const char *password,
                    struct login *ret_login)
{
    const struct account *account = find_account(user_id);
    bool right = false;

    *ret_login = (struct login){.outcome = LOGIN_LOCKED};
    if (!begin_try(accounts, user_id, ret_login)) {
        return;
    }
    if (!check_password(account, password, &right)) {
        ret_login->outcome = LOGIN_UNAVAILABLE;
    } else if (right) {
        open_session(accounts, account, ret_login);
    } else {
        ret_login->outcome =
            ret_login->failures == ACCOUNT_FAILURES_MAX ? LOGIN_FAILED_AND_LOCKED : LOGIN_FAILED;
    }
}

bool accounts_session(struct accounts *accounts, const char *token,
                      char ret_user[ACCOUNT_USER_MAX + 1], bool *ret_is_admin)
{
    const struct account *account = NULL;
    uint64_t now_ns = clock_now_ns();

    if (strlen(token) != ACCOUNT_TOKEN_BYTES - 1) {
        return false;
    }
    (void)pthread_mutex_lock(&accounts->mutex);
    for (size_t i = 0; i < SESSIONS; i++) {
        const struct session *session = &accounts->sessions[i];
        if (equals(session->token, token, ACCOUNT_TOKEN_BYTES - 1) && session->until_ns > now_ns) {
            account = session->account;
        }
    }
    (void)pthread_mutex_unlock(&accounts->mutex);
    if (account != NULL) {
        (void)snprintf(ret_user, ACCOUNT_USER_MAX + 1, "%s", account->user_id);
        *ret_is_admin = account->is_admin;
    }
    return account != NULL;
}
