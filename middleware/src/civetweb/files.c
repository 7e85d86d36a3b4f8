/* CivetWeb adapter: files as responses. CivetWeb sends them where the wire can't be seen, one call
 * for each header line; so they are sent here, by its rules. */
#include "civetweb/files.h"

#include "civetweb/fields.h"
#include "civetweb/request.h"
#include "core/ascii.h"
#include "core/locale.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16384, DATE_MAX = 64 };

/* A file that is open, and what of it is sent. */
struct opened {
    int fd;
    struct stat stat;
    char etag[64];
    int status;
    int64_t from;
    int64_t size;
};

static void format_date(time_t time, char out[DATE_MAX])
{
    struct tm tm;

    gmtime_r(&time, &tm);
    if (strftime_l(out, DATE_MAX, "%a, %d %b %Y %H:%M:%S GMT", &tm, trl_c_locale()) == 0) {
        out[0] = '\0';
    }
}

/* The three forms of RFC 9110, 5.6.7; 0 if it is none. */
static time_t parse_date(const char *text)
{
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S", "%A, %d-%b-%y %H:%M:%S",
                                        "%a %b %d %H:%M:%S %Y"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm tm = {0};
        if (strptime_l(text, forms[i], &tm, trl_c_locale()) != NULL) {
            return timegm(&tm);
        }
    }
    return 0;
}

static bool is_unchanged(const struct trl_exchange *exchange, const struct opened *opened)
{
    const char *since = trl_request_header(exchange->info, "If-Modified-Since");
    const char *tag = trl_request_header(exchange->info, "If-None-Match");

    return (tag != NULL && trl_strcasecmp(tag, opened->etag) == 0) ||
           (since != NULL && opened->stat.st_mtime <= parse_date(since));
}

/* What the request's Range asks for, of one range; false if the file has nothing of it. */
static bool choose_range(const struct trl_exchange *exchange, struct opened *opened)
{
    const char *range = trl_request_header(exchange->info, "Range");
    int64_t first = 0;
    int64_t last = 0;
    int count = range != NULL ? sscanf(range, "bytes=%" SCNd64 "-%" SCNd64, &first, &last) : 0;
    int64_t whole = opened->stat.st_size;

    opened->status = 200;
    opened->from = 0;
    opened->size = whole;
    if (count < 1 || first < 0 || (count == 2 && last < first)) {
        return true;
    }
    if (first >= whole) {
        return false;
    }
    if (count < 2 || last >= whole) {
        last = whole - 1;
    }
    opened->status = 206;
    opened->from = first;
    opened->size = last - first + 1;
    return true;
}

/* The type that extra_mime_types names for the path's end, or CivetWeb's own. */
static void add_type(struct trl_exchange *exchange, const char *path)
{
    const char *list = trl_site_option(exchange->site, "extra_mime_types");
    size_t path_size = strlen(path);

    while (list != NULL && *list != '\0') {
        size_t item = strcspn(list, ",");
        const char *equals = memchr(list, '=', item);
        size_t end = equals != NULL ? (size_t)(equals - list) : item;
        if (equals != NULL && end > 0 && end <= path_size &&
            trl_strncasecmp(path + path_size - end, list, end) == 0) {
            (void)trl_response_add(&exchange->response, "Content-Type", 12, equals + 1,
                                   item - end - 1);
            return;
        }
        list += item;
        list += strspn(list, ", ");
    }
    (void)trl_fields_add(exchange, "Content-Type", mg_get_builtin_mime_type(path));
}

static void add_validators(struct trl_exchange *exchange, const struct opened *opened)
{
    char date[DATE_MAX];

    format_date(opened->stat.st_mtime, date);
    (void)trl_fields_add(exchange, "Last-Modified", date);
    (void)trl_fields_add(exchange, "Etag", opened->etag);
}

/* By the handler itself: CivetWeb leaves its own out, and sends what follows it. */
static bool head_has_begun(const struct trl_exchange *exchange)
{
    return exchange->response.phase > TRL_RESPONSE_BUILDING;
}

static void send_unchanged(struct trl_exchange *exchange, const struct opened *opened)
{
    if (!head_has_begun(exchange) && trl_fields_begin(exchange, 304)) {
        trl_fields_static_cache(exchange);
        trl_fields_own(exchange);
        add_validators(exchange, opened);
        (void)trl_fields_end(exchange);
    }
}

static bool send_head(struct trl_exchange *exchange, const struct opened *opened,
                      const struct trl_file *file)
{
    char range[96];

    if (!trl_fields_begin(exchange, opened->status)) {
        return false;
    }
    trl_fields_static_cache(exchange);
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    if (file->mime_type != NULL) {
        (void)trl_fields_add(exchange, "Content-Type", file->mime_type);
    } else {
        add_type(exchange, file->path);
    }
    if (!exchange->server->modern) {
        trl_fields_file_cors(exchange);
    }
    add_validators(exchange, opened);
    (void)trl_fields_add_length(exchange, (uint64_t)opened->size);
    (void)trl_fields_add(exchange, "Accept-Ranges", "bytes");
    if (opened->status == 206) {
        snprintf(range, sizeof(range), "bytes %" PRId64 "-%" PRId64 "/%" PRId64, opened->from,
                 opened->from + opened->size - 1, (int64_t)opened->stat.st_size);
        (void)trl_fields_add(exchange, "Content-Range", range);
    }
    if (file->more_lines != NULL) {
        (void)trl_fields_add_lines(exchange, file->more_lines);
    }
    (void)trl_fields_end(exchange);
    return true;
}

/* Sends left bytes, or up to the end of the file. */
static void send_bytes(struct trl_exchange *exchange, int fd, int64_t from, int64_t left)
{
    char piece[PIECE];

    while (left > 0 && !exchange->response.broken) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        ssize_t got = pread(fd, piece, size, from);
        if (got <= 0) {
            break;
        }
        (void)trl_response_write(&exchange->response, piece, (size_t)got);
        from += got;
        left -= got;
    }
}

static void send_opened(struct trl_exchange *exchange, struct opened *opened,
                        const struct trl_file *file)
{
    snprintf(opened->etag, sizeof(opened->etag), "\"%lx.%" PRId64 "\"",
             (unsigned long)opened->stat.st_mtime, (int64_t)opened->stat.st_size);
    if (!file->unconditional && is_unchanged(exchange, opened)) {
        send_unchanged(exchange, opened);
    } else if (!choose_range(exchange, opened)) {
        trail_mg_send_http_error(exchange->out, 416, "%s", "Error: The file has no such range");
    } else if ((head_has_begun(exchange) || send_head(exchange, opened, file)) &&
               !exchange->response.head_request) {
        send_bytes(exchange, opened->fd, opened->from, opened->size);
    }
}

bool trl_file_send(struct trl_exchange *exchange, const struct trl_file *file)
{
    struct opened opened;

    opened.fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (opened.fd < 0) {
        return false;
    }
    if (fstat(opened.fd, &opened.stat) == 0) {
        send_opened(exchange, &opened, file);
    }
    close(opened.fd);
    return true;
}

void trail_mg_send_mime_file2(struct mg_connection *conn, const char *path, const char *mime_type,
                              const char *additional_headers)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    struct stat found;
    const struct trl_file file = {path, mime_type, additional_headers, false};

    if (exchange == NULL || path == NULL) {
        mg_send_mime_file2(conn, path, mime_type, additional_headers);
    } else if (stat(path, &found) != 0) {
        mg_send_http_error(conn, 404, "%s", "Error: File not found");
    } else if (S_ISDIR(found.st_mode) && head_has_begun(exchange)) {
        return; /* the rest of a listing can't be seen, and would stand behind anything */
    } else if (S_ISDIR(found.st_mode)) {
        /* A listing, or that there shall be none: CivetWeb's own. */
        trl_fields_hand_over(exchange, 200);
        exchange->unseen_status = 200;
        mg_send_mime_file2(conn, path, mime_type, additional_headers);
    } else if (!trl_file_send(exchange, &file)) {
        mg_send_http_error(conn, 500, "Error: Cannot open file\nfopen(%s): %s", path,
                           strerror(errno));
    }
}

void trail_mg_send_file(struct mg_connection *conn, const char *path)
{
    trail_mg_send_mime_file2(conn, path, NULL, NULL);
}

void trail_mg_send_mime_file(struct mg_connection *conn, const char *path, const char *mime_type)
{
    trail_mg_send_mime_file2(conn, path, mime_type, NULL);
}

int trail_mg_send_file_body(struct mg_connection *conn, const char *path)
{
    struct trl_exchange *exchange = trl_exchange_of(conn);
    int fd;

    if (exchange == NULL || path == NULL) {
        return mg_send_file_body(conn, path);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    send_bytes(exchange, fd, 0, INT64_MAX);
    close(fd);
    return 0;
}
