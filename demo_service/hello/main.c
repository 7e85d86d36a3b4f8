/* hello: options, start, stop. */
#include "hello/hello.h"

#include <trail/civetweb.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CIVETWEB_OPTIONS_MAX = 32 };

struct arguments {
    bool bare;
    struct hello_options options;
    const char *civetweb[CIVETWEB_OPTIONS_MAX];
};

static void usage(FILE *out)
{
    fputs("usage: hello --port N [--threads N] [--files DIR] [--bare] [--option NAME=VALUE]...\n"
          "\n"
          "  --port N             where to listen on 127.0.0.1; 0 picks a port\n"
          "  --threads N          threads that serve requests (8)\n"
          "  --files DIR          files to serve\n"
          "  --bare               plain CivetWeb, without trail\n"
          "  --option NAME=VALUE  an option of CivetWeb's, as tcp_nodelay=1\n",
          out);
}

static bool read_number(const char *name, const char *text, unsigned max, unsigned *ret_number)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || number > max) {
        fprintf(stderr, "hello: --%s %s: allowed is a number from 0 to %u\n", name, text, max);
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

static bool add_option(struct arguments *arguments, char *text)
{
    char *equals = strchr(text, '=');
    struct hello_options *options = &arguments->options;

    if (equals == NULL || options->civetweb_size + 2 > CIVETWEB_OPTIONS_MAX) {
        fprintf(stderr, "hello: --option %s: allowed is NAME=VALUE, %d times at most\n", text,
                CIVETWEB_OPTIONS_MAX / 2);
        return false;
    }
    *equals = '\0';
    arguments->civetweb[options->civetweb_size++] = text;
    arguments->civetweb[options->civetweb_size++] = equals + 1;
    return true;
}

static bool is_directory(const char *name, const char *path)
{
    struct stat status;
    int error = stat(path, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? 0 : ENOTDIR;

    if (error != 0) {
        fprintf(stderr, "hello: --%s %s: %s\n", name, path, strerror(error));
    }
    return error == 0;
}

/* Returns 0 to run, else the exit status plus one. */
static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"threads", required_argument, NULL, 't'},
        {"files", required_argument, NULL, 'f'},
        {"bare", no_argument, NULL, 'b'},
        {"option", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct hello_options *options = &arguments->options;
    bool has_port = false;
    bool valid = true;
    int option;

    while (valid && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'p':
            has_port = valid = read_number("port", optarg, 65535, &options->port);
            break;
        case 't':
            valid = read_number("threads", optarg, 1000, &options->threads);
            break;
        case 'f':
            options->files = optarg;
            valid = is_directory("files", optarg);
            break;
        case 'b':
            arguments->bare = true;
            break;
        case 'o':
            valid = add_option(arguments, optarg);
            break;
        case 'h':
            usage(stdout);
            return 1;
        default:
            valid = false;
            break;
        }
    }
    if (!valid || !has_port || optind < argc) {
        usage(stderr);
        return 3;
    }
    return 0;
}

static int failed_to_listen(unsigned port)
{
    fprintf(stderr, "hello: can't listen on 127.0.0.1:%u: is the port taken, or an option wrong?\n",
            port);
    return 2;
}

static void wait_for_stop(struct mg_context *ctx, const sigset_t *signals)
{
    struct mg_server_port port;
    int signal_number;

    if (mg_get_server_ports(ctx, 1, &port) == 1) {
        fprintf(stderr, "hello: listening on http://127.0.0.1:%d\n", port.port);
    }
    sigwait(signals, &signal_number);
}

static int run_bare(const struct arguments *arguments, const sigset_t *signals)
{
    struct mg_callbacks callbacks = {.init_context = hello_bare_mount};
    struct mg_context *ctx = hello_bare_start(&arguments->options, &callbacks);

    if (ctx == NULL) {
        return failed_to_listen(arguments->options.port);
    }
    wait_for_stop(ctx, signals);
    hello_bare_stop(ctx);
    return 0;
}

static int run_wrapped(const struct arguments *arguments, const sigset_t *signals)
{
    struct mg_callbacks callbacks = {.init_context = hello_wrapped_mount};
    struct mg_context *ctx;
    struct trail *trail;

    if (trail_open(&(struct trail_options){.service = "hello"}, &trail) != TRAIL_OK) {
        return 2;
    }
    trail_civetweb_install(trail, &callbacks);
    ctx = hello_wrapped_start(&arguments->options, &callbacks);
    if (ctx == NULL) {
        trail_close(trail);
        return failed_to_listen(arguments->options.port);
    }
    wait_for_stop(ctx, signals);
    hello_wrapped_stop(ctx);
    trail_close(trail);
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.options = {.threads = 8}};
    sigset_t signals;
    int result;

    arguments.options.civetweb = arguments.civetweb;
    result = read_arguments(argc, argv, &arguments);
    if (result != 0) {
        return result - 1;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    mg_init_library(0);
    result = arguments.bare ? run_bare(&arguments, &signals) : run_wrapped(&arguments, &signals);
    mg_exit_library();
    return result;
}
