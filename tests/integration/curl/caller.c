#include "caller.h"

#include "events.h"
#include "unit.h"

#include <stdio.h>

static size_t take_body(char *data, size_t unit, size_t count, void *context)
{
    struct caller *caller = context;

    (void)data;
    caller->body_size += unit * count;
    return unit * count;
}

void caller_begin(struct caller *ret_caller)
{
    events_open(&(struct trail_options){.propagate_to = "127.0.0.1", .debug_checks = true});
    trl_context_init_new(&ret_caller->context, "req-1");
    trl_scope_enter(&ret_caller->scope, &ret_caller->context, NULL);
    ret_caller->body_size = 0;
    ret_caller->easy = curl_easy_init();
    assert_non_null(ret_caller->easy);
    curl_easy_setopt(ret_caller->easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(ret_caller->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(ret_caller->easy, CURLOPT_WRITEDATA, ret_caller);
}

void caller_end(struct caller *caller)
{
    curl_easy_cleanup(caller->easy);
    trl_scope_leave(&caller->scope);
    events_close();
}

void caller_aim(struct caller *caller, const struct rogue *rogue)
{
    (void)snprintf(caller->url, sizeof(caller->url), "http://%s:%d/path", rogue->host, rogue->port);
    curl_easy_setopt(caller->easy, CURLOPT_URL, caller->url);
}
