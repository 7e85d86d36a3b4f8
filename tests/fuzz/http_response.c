/* What a collector answers: however it is cut, nothing is read past the end, and what is whole
 * stays whole when the connection ends. */
#include "fuzz.h"

#include "sink/http_post.h"
#include "sink/otlp_format.h"

#include <stdlib.h>
#include <string.h>

static enum trail_status parse(const uint8_t *data, size_t size, bool at_end,
                               struct trl_http_response *ret_response)
{
    char *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    enum trail_status status = trl_http_parse(copy, size, at_end, ret_response);
    free(copy);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trl_http_response open;
    struct trl_http_response ended;
    struct trl_http_response half;
    enum trail_status status = parse(data, size, false, &open);

    (void)parse(data, size / 2, false, &half);
    if (status == TRAIL_OK) {
        FUZZ_CHECK(open.status >= 200 && open.status <= 599);
        FUZZ_CHECK(open.body_size <= sizeof(open.body) && open.retry_after_ms <= 60000);
        FUZZ_CHECK(parse(data, size, true, &ended) == TRAIL_OK && ended.status == open.status);
    }
    (void)trl_otlp_rejected((const char *)data, size);
    return 0;
}
