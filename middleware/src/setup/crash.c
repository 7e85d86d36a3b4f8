/* Setup: what is told when the process crashes. Everything behind on_signal() is
 * async-signal-safe: no memory, no lock, no stdio, no thread-local storage that could be made
 * first here. */
#include "setup/crash.h"

#include "core/likely.h"
#include "core/thread.h"
#include "log/keep.h"
#include "log/scope.h"
#include "setup/crash_line.h"
#include "sink/outputs.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024, GUARD_BYTES = 65536, FLUSH_MS = 1000, OTHER_CRASH_MS = 10000 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction before[SIGNALS];
static bool taken[SIGNALS]; /* the handler of this signal is ours */
static bool installed;
static char identity_text[TRL_CRASH_IDENTITY_MAX];

static pid_t crasher; /* the thread that tells; 0: nobody crashed yet */
static sigjmp_buf guard;
static volatile sig_atomic_t guarded;

static pid_t this_thread(void)
{
    return (pid_t)syscall(SYS_gettid);
}

static void give_back(void)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        if (taken[i]) {
            sigaction(signals[i], &before[i], NULL);
        }
    }
}

/* What was kept of a request comes first, line by line, as it would if the request had failed. */
static void tell_detail(const struct trl_inflight_facts *facts, char line[TRAIL_LINE_MAX])
{
    const struct trl_keep *keep =
        facts->scope != NULL ? __atomic_load_n(&facts->scope->keep, __ATOMIC_ACQUIRE) : NULL;
    struct trl_keep_reader reader;
    const char *kept;

    if (keep == NULL) {
        return;
    }
    size_t size = trl_crash_line_gap(facts, keep, identity_text, line);
    if (size > 0) {
        trl_outputs_crash(TRAIL_LEVEL_ERROR, line, size);
    }
    trl_keep_read(&reader, keep);
    while ((kept = trl_keep_next(&reader, &size)) != NULL) {
        trl_outputs_crash(TRAIL_LEVEL_ERROR, kept, size);
    }
}

/* Memory of a request that another thread ends right now may be gone: what crashes here again is
 * given up, and the next line told. */
static void tell_request(const struct trl_inflight_facts *facts, int number,
                         char line[TRAIL_LINE_MAX])
{
    if (sigsetjmp(guard, 1) == 0) {
        guarded = 1;
        tell_detail(facts, line);
    }
    if (sigsetjmp(guard, 1) == 0) {
        guarded = 1;
        size_t size = trl_crash_line_request(facts, identity_text, number, line);
        trl_outputs_crash(TRAIL_LEVEL_ERROR, line, size);
    }
    guarded = 0;
}

static void tell(int number, const siginfo_t *info)
{
    static char line[TRAIL_LINE_MAX];
    static struct trl_inflight_facts facts;
    size_t size = trl_crash_line_process(identity_text, number, info, line);

    trl_outputs_crash(TRAIL_LEVEL_FATAL, line, size);
    for (struct trl_inflight *at = NULL; (at = trl_inflight_next(at)) != NULL;) {
        if (trl_inflight_read(at, &facts)) {
            tell_request(&facts, number, line);
        }
    }
    trl_outputs_crash_flush(FLUSH_MS);
}

/* A fault comes again when the handler returns, now to whom it belonged before; a signal that was
 * sent must be sent again. */
static void die_as_before(int number, const siginfo_t *info)
{
    give_back();
    if (info->si_code <= 0) {
        raise(number);
    }
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    pid_t self = this_thread();
    pid_t nobody = 0;

    (void)context;
    if (__atomic_compare_exchange_n(&crasher, &nobody, self, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST)) {
        tell(number, info);
    } else if (nobody == self) {
        if (guarded != 0) {
            siglongjmp(guard, 1);
        }
    } else {
        poll(NULL, 0, OTHER_CRASH_MS); /* the first one to crash ends the process */
    }
    die_as_before(number, info);
    errno = saved;
}

static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;
static bool stack_key_made;

static void release_stack(void *stack)
{
    stack_t none = {.ss_flags = SS_DISABLE};

    sigaltstack(&none, NULL);
    munmap(stack, STACK_BYTES + GUARD_BYTES);
}

static void make_stack_key(void)
{
    stack_key_made = pthread_key_create(&stack_key, release_stack) == 0;
}

void trl_crash_cover_thread(void)
{
    static TRL_THREAD_LOCAL bool covered;
    stack_t present;

    if (TRL_LIKELY(covered || !__atomic_load_n(&installed, __ATOMIC_ACQUIRE))) {
        return;
    }
    covered = true;
    if (sigaltstack(NULL, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) {
        return;
    }
    pthread_once(&stack_once, make_stack_key);
    if (!stack_key_made) {
        return;
    }
    char *memory = mmap(NULL, STACK_BYTES + GUARD_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        return;
    }
    stack_t own = {.ss_sp = memory + GUARD_BYTES, .ss_size = STACK_BYTES};
    if (mprotect(memory, GUARD_BYTES, PROT_NONE) != 0 ||
        pthread_setspecific(stack_key, memory) != 0 || sigaltstack(&own, NULL) != 0) {
        pthread_setspecific(stack_key, NULL);
        munmap(memory, STACK_BYTES + GUARD_BYTES);
    }
}

enum trail_status trl_crash_install(const char *identity)
{
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    snprintf(identity_text, sizeof(identity_text), "%s", identity);
    sigemptyset(&action.sa_mask);
    __atomic_store_n(&crasher, 0, __ATOMIC_SEQ_CST);
    for (size_t i = 0; i < SIGNALS; i++) {
        taken[i] = false;
        if (sigaction(signals[i], NULL, &before[i]) != 0) {
            give_back();
            return TRAIL_ERR_IO;
        }
        if (before[i].sa_handler == SIG_IGN) {
            continue; /* the process would not die of it */
        }
        if (sigaction(signals[i], &action, NULL) != 0) {
            give_back();
            return TRAIL_ERR_IO;
        }
        taken[i] = true;
    }
    __atomic_store_n(&installed, true, __ATOMIC_RELEASE);
    trl_crash_cover_thread();
    return TRAIL_OK;
}

void trl_crash_remove(void)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction now;
        if (taken[i] && sigaction(signals[i], NULL, &now) == 0 && now.sa_sigaction == on_signal) {
            sigaction(signals[i], &before[i], NULL);
        }
        taken[i] = false;
    }
    __atomic_store_n(&installed, false, __ATOMIC_RELEASE);
}
