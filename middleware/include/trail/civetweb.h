/**
 * @file civetweb.h
 * The CivetWeb adapter: include it in place of <civetweb.h>.
 *
 *     trail_civetweb_install(trail, &callbacks);
 *     ctx = mg_start(&callbacks, app, options);
 *
 * It routes the functions of CivetWeb that send, start and register through trail, so that handlers
 * are left as they are: their responses bear the request ID, are counted, and leave in as few
 * system calls as they can. Every file that writes to one connection must be routed alike. Define
 * TRAIL_CIVETWEB_NO_ROUTING before the #include to get the declarations alone.
 */
#ifndef TRAIL_CIVETWEB_H
#define TRAIL_CIVETWEB_H

#include <trail/base.h>
#include <trail/civetweb_routing.h>
#include <trail/propagate.h>
#include <trail/trail.h>

#include <civetweb.h>

TRAIL_BEGIN_DECLS

/**
 * Puts trail's callbacks before those that @p callbacks has; the application's are called as
 * before. Setup only, before mg_start(). Each server of a process may be given its own. Once more,
 * it sets the trail alone, as where one has been closed and another opened.
 *
 * @param trail      borrowed until the server has stopped; NULL: does nothing
 * @param callbacks  changed; NULL: does nothing
 */
TRAIL_API void trail_civetweb_install(struct trail *trail, struct mg_callbacks *callbacks);

/**
 * Sends what is held of the current response: a head that declares a length waits for its first
 * body byte, this call, or the handler's return. @p conn's thread, or while no other writes.
 *
 * @retval TRAIL_ERR_INVALID @p conn is NULL or serves no request
 * @retval TRAIL_ERR_IO      the client is gone
 */
TRAIL_NODISCARD TRAIL_API enum trail_status trail_flush(struct mg_connection *conn);

/**
 * Sends a whole response, head and body in one call: Content-Type application/json, the length,
 * the request ID, Date, and Connection where it is not what HTTP/1.1 takes for granted (RFC 9110,
 * section 6.6.1; RFC 9112, section 9.3).
 *
 * @param status  200 to 599; a 204 or 304 is sent without the body
 * @param json    borrowed until return; not checked; NULL: an empty body
 *
 * @return @p status, to be returned by the handler; 500 where the head had been sent already
 */
TRAIL_API int trail_send_json(struct mg_connection *conn, int status, const char *json);

/** trail_send_json() with a body of @p size bytes and a content type (NULL: text/plain). */
TRAIL_API int trail_send_text(struct mg_connection *conn, int status, const char *content_type,
                              const char *text, size_t size);

/**
 * Sends application/problem+json (RFC 9457, section 3): `type` about:blank, `title` (NULL: the
 * status's reason phrase), `status`, `detail`, and `requestId`.
 */
TRAIL_API int trail_send_problem(struct mg_connection *conn, int status, const char *title,
                                 const char *detail);

/**
 * A handler to mount: `mg_set_request_handler(ctx, "/metrics", trail_metrics_handler, NULL)`. The
 * counters as Prometheus text, or as OpenMetrics with exemplars for a client whose Accept names it:
 * `http_server_request_duration_seconds` by method, route and class of status,
 * `http_server_active_requests`, `trail_events_total` by level, `trail_events_dropped_total` and
 * what else trail_get_stats() knows. Open to anyone who reaches it.
 *
 * @return the status that was sent
 */
TRAIL_API int trail_metrics_handler(struct mg_connection *conn, void *cbdata);

/**
 * A handler to mount, for the peers that TRAIL_ADMIN_TRUSTED names; any other gets 403. The peer is
 * who connects: to name a proxy is to let in whomever that lets through. GET: the
 * requests in flight (`ageMs`, `requestId`, `method`, `path`, `route`), the counters and the level,
 * as JSON. PUT or POST with `?level=LEVEL` changes the process's threshold and answers the same.
 *
 * @return the status that was sent
 */
TRAIL_API int trail_admin_handler(struct mg_connection *conn, void *cbdata);

TRAIL_END_DECLS

#endif
