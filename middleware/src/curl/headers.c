/* Curl: the header list of a call. */
#include "curl/headers.h"

#include "core/ascii.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list under construction. */
struct list {
    struct curl_slist *all;
    struct curl_slist *own; /* the first of trail's; NULL: none yet */
    const struct curl_slist *callers;
};

/* libcurl's forms are `Name: value`, `Name:` (leave it out), `Name;` (send it empty): each is the
 * caller's will, and wins. */
static bool has_name(const struct curl_slist *headers, const char *name)
{
    size_t size = strlen(name);

    for (; headers != NULL; headers = headers->next) {
        if (trl_strncasecmp(headers->data, name, size) == 0 &&
            (headers->data[size] == ':' || headers->data[size] == ';')) {
            return true;
        }
    }
    return false;
}

static struct curl_slist *last_of(struct curl_slist *headers)
{
    while (headers->next != NULL) {
        headers = headers->next;
    }
    return headers;
}

static enum trail_status append(struct list *list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(list->all, text);

    if (longer == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    list->all = longer;
    return TRAIL_OK;
}

static enum trail_status put_header(void *carrier, const char *name, const char *value)
{
    struct list *list = carrier;

    /* A caller's traceparent is another trace's: our tracestate is none of it. */
    if (has_name(list->callers, name) ||
        (strcmp(name, "tracestate") == 0 && has_name(list->callers, "traceparent"))) {
        return TRAIL_OK;
    }
    size_t size = strlen(name) + strlen(value) + sizeof(": ");
    char *text = malloc(size);
    if (text == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    snprintf(text, size, "%s: %s", name, value);
    enum trail_status status = append(list, text);
    free(text);
    if (status == TRAIL_OK && list->own == NULL) {
        list->own = last_of(list->all);
    }
    return status;
}

enum trail_status trl_curl_headers(const struct curl_slist *callers, struct trail_call *call,
                                   struct curl_slist **ret_headers, struct curl_slist **ret_own)
{
    struct list list = {.callers = callers};
    enum trail_status status = TRAIL_OK;

    for (const struct curl_slist *at = callers; status == TRAIL_OK && at != NULL; at = at->next) {
        status = append(&list, at->data);
    }
    if (status == TRAIL_OK) {
        status = trail_call_inject(call, put_header, &list);
    }
    if (status != TRAIL_OK && status != TRAIL_ERR_DENIED) {
        curl_slist_free_all(list.all);
        return status;
    }
    *ret_headers = list.all;
    *ret_own = list.own;
    return TRAIL_OK;
}

void trl_curl_headers_show(struct curl_slist *own, bool show)
{
    for (; own != NULL; own = own->next) {
        char *colon = strchr(own->data, ':');
        if (colon != NULL) {
            colon[1] = show ? ' ' : '\0';
        }
    }
}
