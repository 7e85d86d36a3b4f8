// A CivetServer under trail: handlers in C++, routed by the one changed #include, fields by
// overloads.
#include <trail/civetweb.h> // was: <civetweb.h>, and before <CivetServer.h>
#include <trail/trail.h>

#include <CivetServer.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace
{
class Orders : public CivetHandler
{
  public:
    bool handleGet(CivetServer *, mg_connection *conn) override
    {
        const std::string order = mg_get_request_info(conn)->local_uri;

        trail_info("order_read", "Order read", trail_kv("orderId", order), trail_kv("items", 3));
        return trail_send_json(conn, 200, R"({"items":3})") != 0;
    }

    bool handlePost(CivetServer *, mg_connection *conn) override
    {
        trail_bind(trail_kv("userId", "u-1"));
        const std::string order = CivetServer::getPostData(conn);
        mg_printf(conn, "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n%s", order.size(),
                  order.c_str());
        return true;
    }
};

class Feed : public CivetWebSocketHandler
{
  public:
    void handleReadyState(CivetServer *, mg_connection *conn) override
    {
        mg_websocket_write(conn, MG_WEBSOCKET_OPCODE_TEXT, "welcome", 7);
    }
};
} // namespace

int main(int argc, char **argv)
{
    trail *trail = nullptr;
    trail_options options{};
    options.service = "orders";
    if (trail_open(&options, &trail) != TRAIL_OK) {
        return 2;
    }

    mg_init_library(MG_FEATURES_SSL);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    CivetCallbacks callbacks;
    trail_civetweb_install(trail, &callbacks);
    const std::string port = argc > 1 ? argv[1] : "127.0.0.1:8080";
    const bool tls = argc > 2;
    const char *settings[] = {"listening_ports",
                              port.c_str(),
                              "num_threads",
                              "2",
                              tls ? "ssl_certificate" : nullptr,
                              tls ? argv[2] : nullptr,
                              nullptr};
    int status = 0;
    try {
        CivetServer server(settings, &callbacks);
        Orders orders;
        Feed feed;
        server.addHandler("/orders", orders);
        server.addWebSocketHandler("/feed", feed);
        int number = 0;
        sigwait(&signals, &number);
    } catch (const CivetException &problem) {
        std::fprintf(stderr, "orders: %s\n", problem.what());
        status = 2;
    }
    trail_close(trail);
    mg_exit_library();
    return status;
}
