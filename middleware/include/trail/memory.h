/**
 * @file memory.h
 * An output that keeps lines in memory, for an application's own tests.
 *
 *     struct trail_memory *lines;
 *     trail_memory_new(&lines);
 *     trail_open(&(struct trail_options){.memory = lines, .output = "null"}, &trail);
 *     ... act ...
 *     assert(trail_memory_count(lines, "order_created") == 1);
 */
#ifndef TRAIL_MEMORY_H
#define TRAIL_MEMORY_H

#include <trail/trail.h>

TRAIL_BEGIN_DECLS

/**
 * @param ret_memory  owned by the caller; released by trail_memory_free() after trail_close()
 *
 * @retval TRAIL_ERR_INVALID @p ret_memory is NULL
 * @retval TRAIL_ERR_NOMEM   no memory
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_memory_new(struct trail_memory **ret_memory);

/** NULL is allowed. Setup only. */
TRAIL_API void trail_memory_free(struct trail_memory *memory);

/** How many lines are held. Any thread. */
TRAIL_API size_t trail_memory_size(const struct trail_memory *memory);

/**
 * The line at @p index from 0, in the order of arrival, as JSON without its newline, terminated;
 * NULL past the end. Borrowed until trail_memory_clear() or trail_memory_free(). Any thread.
 */
TRAIL_API const char *trail_memory_line(const struct trail_memory *memory, size_t index);

/** How many lines bear @p event; with NULL: how many there are. Any thread. */
TRAIL_API size_t trail_memory_count(const struct trail_memory *memory, const char *event);

/** Forgets all lines. Setup only. */
TRAIL_API void trail_memory_clear(struct trail_memory *memory);

TRAIL_END_DECLS

#endif
