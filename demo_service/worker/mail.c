/* Mail: what the customer reads. Whatever the queue held is checked before it becomes a header. */
#include "worker/mail.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <trail/context.h>

#define ITEM_LINE_MAX 128 /* one item, with room to spare */

cJSON *mail_read(const struct queue_job *job, struct mail *ret_mail, struct body_problem *problem)
{
    char text[QUEUE_PAYLOAD_MAX + 1];
    const char *order_id = NULL;
    const char *user_id = NULL;

    memcpy(text, job->payload, job->payload_size);
    text[job->payload_size] = '\0';
    cJSON *payload = body_parse(&(struct body){text, job->payload_size}, problem);
    if (payload == NULL) {
        return NULL;
    }
    if (!body_text(payload, "", "orderId", BODY_NAME, 64, &order_id, problem) ||
        !body_text(payload, "", "userId", BODY_NAME, 64, &user_id, problem)) {
        cJSON_Delete(payload);
        return NULL;
    }
    *ret_mail =
        (struct mail){order_id, user_id, cJSON_GetObjectItemCaseSensitive(payload, "items")};
    return payload;
}

/* What is no item is left out: the mail is about the others. */
static size_t write_items(const struct mail *mail, char *buffer, size_t size)
{
    const cJSON *item = NULL;
    size_t used = 0;

    cJSON_ArrayForEach(item, mail->items)
    {
        struct body_problem problem;
        const char *sku = NULL;
        unsigned quantity = 0;
        if (size - used < ITEM_LINE_MAX ||
            !body_text(item, "", "sku", BODY_NAME, 64, &sku, &problem) ||
            !body_number(item, "", "quantity", 1, UINT_MAX, &quantity, &problem)) {
            continue;
        }
        used += (size_t)snprintf(buffer + used, size - used, "  %6u  %s\r\n", quantity, sku);
    }
    return used;
}

size_t mail_write(const struct mail *mail, const struct queue_job *job, char *buffer, size_t size)
{
    char date[64];
    time_t now = time(NULL);
    struct tm calendar;
    const char *domain = strchr(mail->user_id, '@') != NULL ? "" : "@customers.example";

    (void)gmtime_r(&now, &calendar);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &calendar);
    int head = snprintf(buffer, size,
                        "Date: %s\r\n"
                        "From: Tea shop <orders@shop.example>\r\n"
                        "To: %s%s\r\n"
                        "Message-ID: <%s@shop.example>\r\n"
                        "X-Request-ID: %s\r\n"
                        "Subject: Your order %s\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "\r\n"
                        "Thank you. We send you:\r\n"
                        "\r\n",
                        date, mail->user_id, domain, job->envelope.job_id, job->envelope.request_id,
                        mail->order_id);
    size_t used = head > 0 && (size_t)head < size ? (size_t)head : 0;
    return used + write_items(mail, buffer + used, size - used);
}
