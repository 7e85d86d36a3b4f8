/**
 * @file field.h
 * Typed fields of an event.
 *
 * `trail_kv("orderId", order.id)` picks the type by the value's own: bool, any integer, float,
 * double, `const char *`. Any other type does not compile. The key must be a string literal; for
 * keys that are known at run time only there are the `trail_field_…` functions.
 *
 * A field borrows its key and value until the call that it is passed to returns.
 */
#ifndef TRAIL_FIELD_H
#define TRAIL_FIELD_H

#include <trail/base.h>

#include <string.h>
#ifdef __cplusplus
#include <string>
#include <string_view>
#endif

/** How a field's value is held. */
enum trail_field_type {
    TRAIL_FIELD_NONE = 0, /**< skipped: no field at all */
    TRAIL_FIELD_NULL,     /**< JSON null */
    TRAIL_FIELD_BOOL,
    TRAIL_FIELD_INT,
    TRAIL_FIELD_UINT,
    TRAIL_FIELD_DOUBLE, /**< shortest decimal that reads back; NaN and infinity are logged as null
                         */
    TRAIL_FIELD_STRING, /**< bytes, UTF-8 expected; what is not UTF-8 is logged as U+FFFD */
    TRAIL_FIELD_JSON,   /**< JSON text; logged as a string where it is not valid JSON, or is nested
                             deeper than 64; a number in it that no double holds likewise */
    TRAIL_FIELD_NS,     /**< nanoseconds, logged as decimal milliseconds with three digits */
};

/** One field. Treat as opaque; build it with the functions and macros below. */
struct trail_field {
    const char *key;
    uint32_t key_size; /**< bytes of the key, without a terminator */
    uint8_t type;      /**< enum trail_field_type */
    uint8_t literal; /**< 1 if key is a string literal: its checks are done once, then remembered */
    uint16_t unused; /**< 0 */
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        const char *text; /**< NULL: JSON null */
    } value;
    size_t value_size; /**< bytes of value.text, without a terminator */
};

/** @name Fields with a key known at run time
 * Any thread; no allocation; never fail. A NULL text becomes JSON null; a NULL key drops the field.
 * @{ */
static inline struct trail_field trail_field_base(const char *key, size_t key_size,
                                                  enum trail_field_type type)
{
    struct trail_field field;
    field.key = key;
    field.key_size = (uint32_t)key_size;
    field.type = (uint8_t)(key != NULL ? type : TRAIL_FIELD_NONE);
    field.literal = 0;
    field.unused = 0;
    field.value.natural = 0;
    field.value_size = 0;
    return field;
}

static inline struct trail_field trail_field_null(const char *key, size_t key_size)
{
    return trail_field_base(key, key_size, TRAIL_FIELD_NULL);
}

static inline struct trail_field trail_field_bool(const char *key, size_t key_size, bool value)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_BOOL);
    field.value.boolean = value;
    return field;
}

static inline struct trail_field trail_field_int(const char *key, size_t key_size, int64_t value)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_INT);
    field.value.integer = value;
    return field;
}

static inline struct trail_field trail_field_uint(const char *key, size_t key_size, uint64_t value)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_UINT);
    field.value.natural = value;
    return field;
}

static inline struct trail_field trail_field_double(const char *key, size_t key_size, double value)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_DOUBLE);
    field.value.real = value;
    return field;
}

static inline struct trail_field trail_field_text(const char *key, size_t key_size,
                                                  const char *value, size_t value_size)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_STRING);
    field.value.text = value;
    field.value_size = value != NULL ? value_size : 0;
    return field;
}

static inline struct trail_field trail_field_string(const char *key, size_t key_size,
                                                    const char *value)
{
    return trail_field_text(key, key_size, value, value != NULL ? strlen(value) : 0);
}

static inline struct trail_field trail_field_json(const char *key, size_t key_size,
                                                  const char *value, size_t value_size)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_JSON);
    field.value.text = value;
    field.value_size = value != NULL ? value_size : 0;
    return field;
}

static inline struct trail_field trail_field_json_string(const char *key, size_t key_size,
                                                         const char *value)
{
    return trail_field_json(key, key_size, value, value != NULL ? strlen(value) : 0);
}

static inline struct trail_field trail_field_ns(const char *key, size_t key_size,
                                                uint64_t duration_ns)
{
    struct trail_field field = trail_field_base(key, key_size, TRAIL_FIELD_NS);
    field.value.natural = duration_ns;
    return field;
}
/** @} */

static inline struct trail_field trail_field_literal(struct trail_field field)
{
    field.literal = 1;
    return field;
}

/** The arguments `key, key_size` of the functions above for a string literal. */
#define TRAIL_KEY_(key) ("" key), (sizeof("" key) - 1u)

/** A field whose type is the value's own. C: _Generic; C++: overloads, std::string among them. */
#ifdef __cplusplus
inline trail_field trail_kv_(const char *k, size_t n, bool v)
{
    return trail_field_bool(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, int v)
{
    return trail_field_int(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, long v)
{
    return trail_field_int(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, long long v)
{
    return trail_field_int(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, unsigned v)
{
    return trail_field_uint(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, unsigned long v)
{
    return trail_field_uint(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, unsigned long long v)
{
    return trail_field_uint(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, double v)
{
    return trail_field_double(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, const char *v)
{
    return trail_field_string(k, n, v);
}
inline trail_field trail_kv_(const char *k, size_t n, std::string_view v)
{
    return trail_field_text(k, n, v.data() != nullptr ? v.data() : "", v.size());
}
inline trail_field trail_kv_(const char *k, size_t n, const std::string &v)
{
    return trail_field_text(k, n, v.data(), v.size());
}
#define trail_kv(key, value) trail_field_literal(trail_kv_(TRAIL_KEY_(key), (value)))
#else
/* clang-format off */
#define trail_kv(key, value)                                                                       \
    trail_field_literal(_Generic((value),                                                          \
        bool: trail_field_bool,                                                                    \
        char: trail_field_int,                                                                     \
        signed char: trail_field_int,                                                              \
        short: trail_field_int,                                                                    \
        int: trail_field_int,                                                                      \
        long: trail_field_int,                                                                     \
        long long: trail_field_int,                                                                \
        unsigned char: trail_field_uint,                                                           \
        unsigned short: trail_field_uint,                                                          \
        unsigned int: trail_field_uint,                                                            \
        unsigned long: trail_field_uint,                                                           \
        unsigned long long: trail_field_uint,                                                      \
        float: trail_field_double,                                                                 \
        double: trail_field_double,                                                                \
        char *: trail_field_string,                                                                \
        const char *: trail_field_string)(TRAIL_KEY_(key), (value)))
/* clang-format on */
#endif

/** A boolean field: in C11 `a == b` is an int, and trail_kv() would log 0 or 1. */
#define trail_bool(key, value) trail_field_literal(trail_field_bool(TRAIL_KEY_(key), (value)))

/** A string field of @p size bytes that need not be terminated. */
#define trail_text(key, value, size)                                                               \
    trail_field_literal(trail_field_text(TRAIL_KEY_(key), (value), (size)))

/** A field whose value is JSON text, terminated. It is checked; invalid JSON is logged as text. */
#define trail_json(key, value)                                                                     \
    trail_field_literal(trail_field_json_string(TRAIL_KEY_(key), (value)))

/** A duration in nanoseconds, logged as decimal milliseconds: name the key `…Ms`. */
#define trail_duration_ns(key, value) trail_field_literal(trail_field_ns(TRAIL_KEY_(key), (value)))

#endif
