/* What programs that embed CivetWeb do with it, in one: many small handlers, forms, files, cookies,
 * chunks, a password, WebSockets. It is compiled twice, as it stands and under trail, which differs
 * in the includes and in what main() does under EMBEDDING_WRAPPED; embedding.py compares what both
 * send.
 *
 *     embedding FOLDER CERTIFICATE: serves FOLDER/root, keeps uploads in FOLDER, until its input
 *     ends; tells the ports of HTTP and HTTPS */
#ifdef EMBEDDING_WRAPPED
#include <trail/civetweb.h>
#include <trail/trail.h>
#else
#include <civetweb.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show_page(struct mg_connection *conn, void *title)
{
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n");
    mg_printf(conn, "<html><head><title>%s</title></head>", (const char *)title);
    mg_printf(conn, "<body>");
    for (int i = 0; i < 20; i++) {
        mg_printf(conn, "<p>Paragraph %d</p>", i);
    }
    mg_printf(conn, "</body></html>\n");
    return 1;
}

static int show_request(struct mg_connection *conn, void *cbdata)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    char text[2048];
    int size = snprintf(text, sizeof(text), "%s %s?%s HTTP/%s, %d fields\n", info->request_method,
                        info->local_uri, info->query_string != NULL ? info->query_string : "",
                        info->http_version, info->num_headers > 0);

    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", size);
    mg_write(conn, text, (size_t)size);
    return 1;
}

static int send_file(struct mg_connection *conn, void *path)
{
    mg_send_file(conn, path);
    return 1;
}

/* The fields of a form are told while they are read. */
struct form {
    struct mg_connection *conn;
    const char *folder;
    unsigned sum; /* of the bytes of a file that is read on the fly */
    size_t size;
};

static int choose(const char *key, const char *filename, char *path, size_t path_size, void *data)
{
    const struct form *form = data;

    if (strcmp(key, "skipped") == 0) {
        return MG_FORM_FIELD_STORAGE_SKIP;
    }
    if (filename != NULL && filename[0] != '\0' && strcmp(key, "kept") == 0) {
        snprintf(path, path_size, "%s/%s", form->folder, "kept");
        return MG_FORM_FIELD_STORAGE_STORE;
    }
    return MG_FORM_FIELD_STORAGE_GET;
}

static int tell_value(const char *key, const char *value, size_t size, void *data)
{
    struct form *form = data;

    if (key != NULL && key[0] != '\0') {
        mg_printf(form->conn, "%s = ", key);
    }
    mg_write(form->conn, value, size);
    mg_printf(form->conn, "\r\n");
    return MG_FORM_FIELD_HANDLE_GET;
}

static int tell_stored(const char *path, long long size, void *data)
{
    const struct form *form = data;

    mg_printf(form->conn, "%s: %lld bytes\r\n", strrchr(path, '/'), size);
    return MG_FORM_FIELD_HANDLE_NEXT;
}

static int take_form(struct mg_connection *conn, void *folder)
{
    struct form form = {.conn = conn, .folder = folder};
    struct mg_form_data_handler handler = {
        .field_found = choose,
        .field_get = tell_value,
        .field_store = tell_stored,
        .user_data = &form,
    };

    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
    mg_printf(conn, "%d fields\r\n", mg_handle_form_request(conn, &handler));
    return 1;
}

static int take_all(const char *key, const char *filename, char *path, size_t size, void *data)
{
    (void)key, (void)filename, (void)path, (void)size, (void)data;
    return MG_FORM_FIELD_STORAGE_GET;
}

static int add_up(const char *key, const char *value, size_t size, void *data)
{
    struct form *form = data;

    (void)key;
    for (size_t i = 0; i < size; i++) {
        form->sum = form->sum * 31 + (unsigned char)value[i];
    }
    form->size += size;
    return MG_FORM_FIELD_HANDLE_GET;
}

static int take_sum(struct mg_connection *conn, void *cbdata)
{
    struct form form = {0};
    struct mg_form_data_handler handler = {
        .field_found = take_all, .field_get = add_up, .user_data = &form};
    int fields = mg_handle_form_request(conn, &handler);

    (void)cbdata;
    mg_response_header_start(conn, 200);
    mg_response_header_add(conn, "Content-Type", "text/plain", -1);
    mg_response_header_add(conn, "Connection", "close", -1);
    mg_response_header_send(conn);
    mg_printf(conn, "%d fields, %zu bytes, sum %08x\n", fields, form.size, form.sum);
    return 1;
}

static int count_visits(struct mg_connection *conn, void *cbdata)
{
    const char *cookies = mg_get_header(conn, "Cookie");
    char visits[16] = "0";

    (void)cbdata;
    mg_get_cookie(cookies, "visits", visits, sizeof(visits));
    mg_printf(conn,
              "HTTP/1.1 200 OK\r\nSet-Cookie: visits=%d; path=/\r\n"
              "Content-Length: 0\r\nConnection: close\r\n\r\n",
              atoi(visits) + 1);
    return 1;
}

/* What comes goes back, in chunks. */
static int echo(struct mg_connection *conn, void *cbdata)
{
    char bytes[1000];
    int got;

    (void)cbdata;
    if (strcmp(mg_get_request_info(conn)->request_method, "POST") != 0) {
        mg_send_http_error(conn, 405, "%s", "Only POST");
        return 405;
    }
    mg_send_http_ok(conn, "application/octet-stream", -1);
    while ((got = mg_read(conn, bytes, sizeof(bytes))) > 0) {
        mg_send_chunk(conn, bytes, (unsigned)got);
    }
    mg_send_chunk(conn, "", 0);
    return 200;
}

static int move(struct mg_connection *conn, void *target)
{
    mg_send_http_redirect(conn, target, 302);
    return 302;
}

static int ask_password(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_digest_access_authentication_request(conn, "embedding");
    return 401;
}

static int refuse(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_printf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n");
    return 0;
}

static int leave_alone(struct mg_connection *conn, void *cbdata)
{
    (void)conn, (void)cbdata;
    return 0;
}

static int on_connect(const struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    return mg_get_request_info(conn)->query_string == NULL; /* refused, without a word */
}

static void on_ready(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_websocket_write(conn, MG_WEBSOCKET_OPCODE_TEXT, "welcome", 7);
}

static int on_data(struct mg_connection *conn, int bits, char *data, size_t size, void *cbdata)
{
    (void)cbdata;
    if ((bits & 0x0F) != MG_WEBSOCKET_OPCODE_TEXT) {
        return 0;
    }
    mg_websocket_write(conn, MG_WEBSOCKET_OPCODE_TEXT, data, size);
    return size != 3 || memcmp(data, "bye", 3) != 0;
}

static void on_close(const struct mg_connection *conn, void *cbdata)
{
    (void)conn, (void)cbdata;
}

static void set_handlers(struct mg_context *ctx, char *folder, char *file)
{
    mg_set_request_handler(ctx, "/page", show_page, (void *)"A page");
    mg_set_request_handler(ctx, "/page/other", show_page, (void *)"Another");
    mg_set_request_handler(ctx, "/exact$", show_request, NULL);
    mg_set_request_handler(ctx, "**.info$", show_request, NULL);
    mg_set_request_handler(ctx, "/file", send_file, file);
    mg_set_request_handler(ctx, "/form", take_form, folder);
    mg_set_request_handler(ctx, "/sum", take_sum, NULL);
    mg_set_request_handler(ctx, "/visits", count_visits, NULL);
    mg_set_request_handler(ctx, "/echo", echo, NULL);
    mg_set_request_handler(ctx, "/old", move, (void *)"/page");
    mg_set_request_handler(ctx, "/password", ask_password, NULL);
    mg_set_request_handler(ctx, "/static.txt", leave_alone, NULL);
    mg_set_auth_handler(ctx, "/secret", refuse, NULL);
    mg_set_websocket_handler(ctx, "/socket", on_connect, on_ready, on_data, on_close, NULL);
}

static struct mg_context *start(const struct mg_callbacks *callbacks, const char *root,
                                const char *certificate)
{
    const char *options[] = {
        "document_root",
        root,
        "listening_ports",
        "127.0.0.1:0,127.0.0.1:0s",
        "ssl_certificate",
        certificate,
        "num_threads",
        "5",
        "request_timeout_ms",
        "10000",
        "enable_keep_alive",
        "yes",
        "enable_auth_domain_check",
        "no",
        NULL,
    };

    return mg_start(callbacks, NULL, options);
}

static int serve(const struct mg_callbacks *callbacks, char *folder, const char *certificate)
{
    char root[512];
    char file[540];
    struct mg_context *ctx;
    struct mg_server_port ports[2];

    snprintf(root, sizeof(root), "%s/root", folder);
    snprintf(file, sizeof(file), "%s/file.html", root);
    ctx = start(callbacks, root, certificate);
    if (ctx == NULL || mg_get_server_ports(ctx, 2, ports) != 2) {
        fprintf(stderr, "embedding: the server did not start\n");
        return 2;
    }
    set_handlers(ctx, folder, file);
    printf("%d %d\n", ports[0].port, ports[1].port);
    fflush(stdout);
    while (getchar() != EOF) {}
    mg_stop(ctx);
    return 0;
}

int main(int argc, char **argv)
{
    struct mg_callbacks callbacks = {0};
    int result;

    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER CERTIFICATE\n", argv[0]);
        return 2;
    }
    mg_init_library(MG_FEATURES_SSL);
#ifdef EMBEDDING_WRAPPED
    struct trail *trail;
    if (trail_open(&(struct trail_options){.service = "embedding"}, &trail) != TRAIL_OK) {
        return 2;
    }
    trail_civetweb_install(trail, &callbacks);
#endif
    result = serve(&callbacks, argv[1], argv[2]);
#ifdef EMBEDDING_WRAPPED
    trail_close(trail);
#endif
    mg_exit_library();
    return result;
}
