/* The smallest server. Its handlers are compiled twice from one source: as plain CivetWeb, and
 * wrapped by trail, by the choice of the header alone. */
#ifndef DEMO_HELLO_H
#define DEMO_HELLO_H

struct mg_context;
struct mg_callbacks;

struct hello_options {
    unsigned port;
    unsigned threads;
    const char *files;      /* the directory of the files; NULL: none */
    const char **civetweb;  /* further options of CivetWeb's, name and value in turn */
    unsigned civetweb_size; /* how many texts these are */
};

/* CivetWeb's init_context: sets the handlers before the first connection is accepted. */
void hello_bare_mount(const struct mg_context *ctx);
void hello_wrapped_mount(const struct mg_context *ctx);

/* Starts the server, with callbacks that mount; NULL if it can't listen. */
struct mg_context *hello_bare_start(const struct hello_options *options,
                                    const struct mg_callbacks *callbacks);
struct mg_context *hello_wrapped_start(const struct hello_options *options,
                                       const struct mg_callbacks *callbacks);

/* Stops it, when the requests in flight are done. */
void hello_bare_stop(struct mg_context *ctx);
void hello_wrapped_stop(struct mg_context *ctx);

#endif
