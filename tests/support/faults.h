/* Makes the nth memory allocation or system call of a kind fail, in a test that is linked by
 * trail_test_faults(). Calls made by the code under test and by the test itself are seen; those
 * that libc and other shared libraries make are not.
 *
 *     for (unsigned nth = 1;; nth++) {
 *         faults_arm(FAULT_MEMORY, nth, ENOMEM);
 *         act();
 *         if (faults_disarm() < nth) {
 *             break;
 *         }
 *         check_that_nothing_is_half_done();
 *     }
 */
#ifndef TRAIL_TESTS_FAULTS_H
#define TRAIL_TESTS_FAULTS_H

enum fault_kind {
    FAULT_MEMORY = 1 << 0,    /* malloc calloc realloc strdup strndup posix_memalign */
    FAULT_WRITE = 1 << 1,     /* write writev pwrite */
    FAULT_READ = 1 << 2,      /* read pread */
    FAULT_OPEN = 1 << 3,      /* open openat */
    FAULT_MMAP = 1 << 4,      /* mmap */
    FAULT_GETRANDOM = 1 << 5, /* getrandom */
    FAULT_ALLOCATE = 1 << 6,  /* ftruncate fallocate posix_fallocate */
    FAULT_SOCKET = 1 << 7,    /* socket connect */
    FAULT_SEND = 1 << 8,      /* send sendto sendmsg */
    FAULT_RECEIVE = 1 << 9,   /* recv */
    FAULT_STAT = 1 << 10,     /* stat fstat */
    FAULT_THREAD = 1 << 11,   /* pthread_create */
};

/* From now on the nth call of these kinds (or-ed), from 1, in any thread, fails with this errno;
 * nth 0: none fails, they are counted. */
void faults_arm(unsigned kinds, unsigned nth, int error_number);

/* The same, and each call after the nth fails too. */
void faults_arm_from(unsigned kinds, unsigned nth, int error_number);

/* Ends it; returns how many calls of these kinds were made. Fewer than nth: none has failed. */
unsigned faults_disarm(void);

#endif
