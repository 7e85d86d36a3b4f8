/* Forwarded, X-Forwarded-For and URLs, one a line: what is found to be the client is an address
 * that somebody wrote, and a URL's parts lie inside it. */
#include "fuzz.h"

#include "context/forwarded.h"
#include "propagate/reach.h"
#include "propagate/url.h"

#include <stdlib.h>
#include <string.h>

static void check_url(const char *text)
{
    static const char *const hosts[] = {"api.example.com", ".partner.example", "192.0.2.0/24"};
    const struct trl_reach reach = {.private_names = true, .hosts = {.count = 3, .items = hosts}};
    struct trl_url url;

    if (trl_url_split(text, &url)) {
        FUZZ_CHECK(url.host.size > 0 && url.path.size > 0);
        FUZZ_CHECK(url.host.text >= text && url.host.text + url.host.size <= text + strlen(text));
        FUZZ_CHECK(memchr(url.host.text, '@', url.host.size) == NULL);
        FUZZ_CHECK(memchr(url.host.text, '/', url.host.size) == NULL);
        (void)trl_reach_has(&reach, url.host);
    }
    if (trl_target_split(text, &url)) {
        (void)trl_reach_has(&reach, url.host);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct trl_networks trusted;
    struct trl_text items[TRL_VALUES_MAX];
    struct trl_values values = {.count = 0, .item = items};
    struct trl_address client;
    struct trl_text line;

    if (text == NULL || trl_networks_parse("10.0.0.0/8,fd00::/8", &trusted) != TRAIL_OK) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    struct trl_text rest = {text, size};
    while (trl_text_next(&rest, '\n', &line) && values.count < TRL_VALUES_MAX) {
        values.item[values.count++] = line;
    }
    (void)trl_forwarded(&values, &trusted, &client);
    (void)trl_forwarded_for(&values, &trusted, &client);
    check_url(text);
    free(text);
    return 0;
}
