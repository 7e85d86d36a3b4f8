/* What an application sends, in pieces of the input's own choice: the request ID stands once in the
 * head, and the same bytes leave whole or in pieces. */
#include "fuzz.h"

#include "civetweb/response.h"

#include <string.h>

struct wire {
    char bytes[1 << 17];
    size_t size;
};

static int send_to_wire(void *sink, const char *bytes, size_t size)
{
    struct wire *wire = sink;

    FUZZ_CHECK(wire->size + size <= sizeof(wire->bytes));
    memcpy(wire->bytes + wire->size, bytes, size);
    wire->size += size;
    return (int)size;
}

static void send_all(const char *bytes, size_t size, size_t piece, struct wire *wire)
{
    static char buffer[TRL_RESPONSE_BUFFER + TRL_RESPONSE_SLACK];
    struct trl_response response;

    trl_response_init(&response, buffer);
    response.send = send_to_wire;
    response.sink = wire;
    response.id_name = "X-Request-ID";
    response.id_name_size = 12;
    response.id = "the-id";
    response.id_size = 6;
    trl_response_begin(&response);
    wire->size = 0;
    for (size_t at = 0; at < size; at += piece) {
        size_t take = size - at < piece ? size - at : piece;
        FUZZ_CHECK(trl_response_write(&response, bytes + at, take) == (int)take);
    }
    FUZZ_CHECK(trl_response_finish(&response) == 0);
    (void)trl_response_complete(&response);
    trl_response_end(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire whole;
    static struct wire pieces;
    static const char id[] = "X-Request-ID: the-id\r\n";

    if (size < 2 || size > 60000) {
        return 0;
    }
    send_all((const char *)data + 1, size - 1, size, &whole);
    send_all((const char *)data + 1, size - 1, 1 + (size_t)data[0] % 64, &pieces);
    FUZZ_CHECK(whole.size == pieces.size);
    FUZZ_CHECK(memcmp(whole.bytes, pieces.bytes, whole.size) == 0);
    FUZZ_CHECK(whole.size <= size - 1 + sizeof(id) - 1);
    return 0;
}
