/* Log: loggers. Their IDs and bound fields are serialised when they are made, so that an event only
 * copies them. */
#include "core/counters.h"
#include "core/likely.h"
#include "log/line.h"
#include "log/member.h"
#include "log/scope.h"

#include <trail/context.h>

#include <string.h>

static void set_empty(struct trail_logger *logger)
{
    logger->ids_size_ = 0;
    logger->bound_size_ = 0;
    logger->bound_keys_ = 0;
    logger->level_ = 0;
    logger->flags_ = 0;
}

/* The header, and of the bytes those that are used. */
static void copy_logger(struct trail_logger *to, const struct trail_logger *from)
{
    memcpy(to, from, offsetof(struct trail_logger, bytes_) + from->ids_size_ + from->bound_size_);
}

/* No byte of an ID is one that JSON escapes. fixed: the size, where it always has that one, so that
 * it is copied without a call; else 0. */
static inline __attribute__((always_inline)) void add_id(struct trl_json *json, const char *prefix,
                                                         size_t prefix_size, const char *value,
                                                         size_t fixed)
{
    if (value == NULL || value[0] == '\0') {
        return;
    }
    size_t size = fixed != 0 ? fixed : strlen(value);
    if (TRL_UNLIKELY((size_t)(json->end - json->at) < prefix_size + size + 1)) {
        json->truncated = true;
        return;
    }
    memcpy(json->at, prefix, prefix_size);
    memcpy(json->at + prefix_size, value, size);
    json->at += prefix_size + size;
    *json->at++ = '"';
}
#define ADD_ID(json, name, value, fixed)                                                           \
    add_id((json), ",\"" name "\":\"", sizeof(",\"" name "\":\"") - 1, (value), (fixed))

void trl_logger_init_ids(struct trail_logger *ret_logger, const struct trl_ids *ids,
                         const struct trail_logger *bound)
{
    struct trl_json json;

    set_empty(ret_logger);
    trl_json_init(&json, ret_logger->bytes_, sizeof(ret_logger->bytes_));
    ADD_ID(&json, "requestId", ids->request_id, 0);
    ADD_ID(&json, "traceId", ids->trace_id, TRAIL_TRACE_ID_SIZE);
    ADD_ID(&json, "spanId", ids->span_id, TRAIL_SPAN_ID_SIZE);
    ADD_ID(&json, "parentSpanId", ids->parent_span_id, TRAIL_SPAN_ID_SIZE);
    ADD_ID(&json, "jobId", ids->job_id, 0);
    ret_logger->ids_size_ = (uint32_t)(json.at - ret_logger->bytes_);
    if (bound != NULL) {
        ret_logger->level_ = bound->level_;
        ret_logger->flags_ = bound->flags_;
        if (trl_json_raw(&json, bound->bytes_ + bound->ids_size_, bound->bound_size_)) {
            ret_logger->bound_size_ = bound->bound_size_;
            ret_logger->bound_keys_ = bound->bound_keys_;
        }
    }
    if (TRL_UNLIKELY(json.truncated)) {
        ret_logger->flags_ |= TRL_LOGGER_TRUNCATED;
    }
}

/* A field that only fits cut is left out: it would be cut in every line. */
static bool add_whole(struct trl_members *members, const struct trail_field *fields, size_t index)
{
    if (trl_members_add(members, fields, index) && !members->json->truncated) {
        return true;
    }
    members->json->at = members->latest;
    return false;
}

void trl_logger_bind(struct trail_logger *logger, const struct trail_field *fields, size_t count)
{
    struct trl_json json = {
        .at = logger->bytes_ + logger->ids_size_ + logger->bound_size_,
        .end = logger->bytes_ + sizeof(logger->bytes_),
    };
    struct trl_members members;

    trl_members_begin(&members, &json, logger->bound_keys_);
    members.start = logger->bytes_ + logger->ids_size_;
    size_t index = count > 0 ? trl_members_put(&members, fields, 0, count) : 0;
    while (index < count) {
        if (!add_whole(&members, fields, index)) {
            logger->flags_ |= TRL_LOGGER_TRUNCATED;
            json.truncated = false;
        }
        index = trl_members_put(&members, fields, index + 1, count);
    }
    logger->bound_size_ = (uint32_t)(json.at - members.start);
    logger->bound_keys_ = members.keys;
}

void trail_logger_init_fields(struct trail_logger *ret_logger, const struct trail_logger *parent,
                              const struct trail_field *fields, size_t count)
{
    if (ret_logger == NULL) {
        return;
    }
    if (parent == NULL && trl_log_scope_current() != NULL) {
        parent = &trl_log_scope_current()->logger;
    }
    if (parent == NULL) {
        set_empty(ret_logger);
    } else if (parent != ret_logger) {
        copy_logger(ret_logger, parent);
    }
    trl_logger_bind(ret_logger, fields, fields != NULL ? count : 0);
}

void trail_logger_set_level(struct trail_logger *logger, enum trail_level level)
{
    if (logger != NULL && level >= TRAIL_LEVEL_DEFAULT && level <= TRAIL_LEVEL_OFF) {
        logger->level_ = (int32_t)level;
    }
}
