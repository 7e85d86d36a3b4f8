/* What is linked with CivetWeb's own examples, which listen on ports of their own choice, and wait
 * for seconds. */
#include "upstream.h"

#include <civetweb.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char example_ports[128];

unsigned __wrap_sleep(unsigned seconds);

/* A CivetWeb 1.16 that is built for OpenSSL 3 takes the digest of a WebSocket's handshake from it,
 * and so breaks in programs that say that they need no TLS: here they have said otherwise before.
 */
__attribute__((constructor)) static void prepare(void)
{
    const char *ports = getenv("EXAMPLE_PORTS");

    (void)mg_init_library(MG_FEATURES_SSL);
    if (ports != NULL) {
        (void)snprintf(example_ports, sizeof(example_ports), "%s", ports);
    }
}

/* 20 ms for each second. Who waits for the first time has set all handlers. */
unsigned __wrap_sleep(unsigned seconds)
{
    int ready = open("ready", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (ready >= 0) {
        close(ready);
    }
    (void)usleep(seconds * 20000);
    return 0;
}
