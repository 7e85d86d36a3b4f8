/* Where mails go: one file for each job, in a folder that a mail server would empty. */
#ifndef DEMO_OUTBOX_H
#define DEMO_OUTBOX_H

#include <stddef.h>

enum outbox_status {
    OUTBOX_SENT,
    OUTBOX_ALREADY_SENT, /* an earlier attempt of this job got so far: there is no second mail */
    OUTBOX_FAILED,       /* errno tells; nothing is there */
};

struct outbox_mail {
    const char *job_id; /* holds no '/' */
    unsigned attempt;   /* from 1 */
    const char *text;
    size_t size;
};

/* Writes JOBID.eml, whole and on disk, or not at all. */
enum outbox_status outbox_write(const char *folder, const struct outbox_mail *mail);

#endif
