/* The confirmation mail of an order. */
#ifndef DEMO_MAIL_H
#define DEMO_MAIL_H

#include "shared/body.h"
#include "shared/queue.h"

#define MAIL_MAX 16384

/* Texts are borrowed until the payload that they were read from is deleted. */
struct mail {
    const char *order_id;
    const char *user_id;
    const cJSON *items;
};

/* Reads a job's payload. NULL: problem tells; else to be released by cJSON_Delete(). */
cJSON *mail_read(const struct queue_job *job, struct mail *ret_mail, struct body_problem *problem);

/* Writes the mail (RFC 5322). Returns its size, at most size - 1. */
size_t mail_write(const struct mail *mail, const struct queue_job *job, char *buffer, size_t size);

#endif
