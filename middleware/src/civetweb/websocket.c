/* CivetWeb adapter: WebSockets. */
#include "civetweb/exchange.h"
#include "civetweb/handlers.h"

int trail_mg_websocket_write(struct mg_connection *conn, int opcode, const char *data,
                             size_t data_len)
{
    return mg_websocket_write(conn, opcode, data, data_len);
}

void trail_mg_set_websocket_handler(struct mg_context *ctx, const char *uri,
                                    mg_websocket_connect_handler connect_handler,
                                    mg_websocket_ready_handler ready_handler,
                                    mg_websocket_data_handler data_handler,
                                    mg_websocket_close_handler close_handler, void *cbdata)
{
    trail_mg_set_websocket_handler_with_subprotocols(ctx, uri, NULL, connect_handler, ready_handler,
                                                     data_handler, close_handler, cbdata);
}

void trail_mg_set_websocket_handler_with_subprotocols(
    struct mg_context *ctx, const char *uri, struct mg_websocket_subprotocols *subprotocols,
    mg_websocket_connect_handler connect_handler, mg_websocket_ready_handler ready_handler,
    mg_websocket_data_handler data_handler, mg_websocket_close_handler close_handler, void *cbdata)
{
    mg_set_websocket_handler_with_subprotocols(ctx, uri, subprotocols, connect_handler,
                                               ready_handler, data_handler, close_handler, cbdata);
}
