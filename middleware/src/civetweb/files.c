/* CivetWeb adapter: files as responses. */
#include "civetweb/exchange.h"

void trail_mg_send_file(struct mg_connection *conn, const char *path)
{
    trail_mg_send_mime_file2(conn, path, NULL, NULL);
}

void trail_mg_send_mime_file(struct mg_connection *conn, const char *path, const char *mime_type)
{
    trail_mg_send_mime_file2(conn, path, mime_type, NULL);
}

void trail_mg_send_mime_file2(struct mg_connection *conn, const char *path, const char *mime_type,
                              const char *additional_headers)
{
    mg_send_mime_file2(conn, path, mime_type, additional_headers);
}

int trail_mg_send_file_body(struct mg_connection *conn, const char *path)
{
    return mg_send_file_body(conn, path);
}
