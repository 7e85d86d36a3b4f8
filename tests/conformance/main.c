/* conformance: options, start, stop. */
#include "conformance.h"

#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNUSABLE = 2 };

static int usage(FILE *out, int status)
{
    fputs("usage: conformance --port N\n"
          "\n"
          "  --port N  where to listen on 127.0.0.1 for the W3C Trace Context test harness;\n"
          "            0 picks a port and tells it in server_started\n",
          out);
    return status;
}

/* A number from 0 to 65535 that fills the whole text. */
static bool is_port(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= 5 && strspn(text, "0123456789") == size && atoi(text) <= 65535;
}

/* Before the first connection is accepted. */
static void mount(const struct mg_context *ctx)
{
    mg_set_request_handler((struct mg_context *)(uintptr_t)ctx, "/test", conformance_test, NULL);
}

static struct mg_context *start(struct trail *trail, const char *port)
{
    struct mg_callbacks callbacks = {.init_context = mount};
    char address[32];
    const char *const options[] = {"listening_ports", address, "num_threads", "8", NULL};

    snprintf(address, sizeof(address), "127.0.0.1:%s", port);
    trail_civetweb_install(trail, &callbacks);
    return mg_start(&callbacks, NULL, (const char **)options);
}

static int run(const char *port)
{
    struct trail *trail;
    sigset_t signals;
    int signal_number;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (trail_open(&(struct trail_options){.service = "conformance"}, &trail) != TRAIL_OK) {
        return UNUSABLE;
    }
    struct mg_context *ctx = start(trail, port);
    if (ctx == NULL) {
        trail_close(trail);
        fprintf(stderr, "conformance: can't listen on 127.0.0.1:%s: is the port taken?\n", port);
        return UNUSABLE;
    }
    sigwait(&signals, &signal_number);
    mg_stop(ctx);
    trail_close(trail);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *port = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'p':
            port = optarg;
            break;
        case 'h':
            return usage(stdout, 0);
        default:
            return usage(stderr, UNUSABLE);
        }
    }
    if (port == NULL || optind < argc) {
        return usage(stderr, UNUSABLE);
    }
    if (!is_port(port)) {
        fprintf(stderr, "conformance: --port %s: allowed is a number from 0 to 65535\n", port);
        return UNUSABLE;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    mg_init_library(0);
    int status = run(port);
    mg_exit_library();
    curl_global_cleanup();
    return status;
}
