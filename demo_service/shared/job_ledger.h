/* What a worker remembers of the jobs that a broker has given it. A broker delivers at least once,
 * and counts by message: of a job that was published twice, or whose acknowledgement was lost, it
 * knows nothing. */
#ifndef DEMO_JOB_LEDGER_H
#define DEMO_JOB_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job_ledger;

/* Opens or makes the file. NULL: error tells why. */
struct job_ledger *job_ledger_open(const char *path, unsigned busy_ms, char *error,
                                   size_t error_size);
void job_ledger_close(struct job_ledger *ledger);

/* Notes that the job is about to be tried. *attempt comes as the broker's count, and goes as a
 * number that no earlier try of this job had; *ret_done tells that it is done and must not be tried
 * at all. False: the file can't be written now. */
bool job_ledger_begin(struct job_ledger *ledger, const char *job_id, unsigned *attempt,
                      bool *ret_done);

/* Notes that the job is done. */
bool job_ledger_done(struct job_ledger *ledger, const char *job_id);

/* Forgets the job: an operator may have it tried again. */
bool job_ledger_forget(struct job_ledger *ledger, const char *job_id);

#endif
