/* Values of variables: the first byte picks the reader. What is refused leaves nothing behind, what
 * is accepted is within its bounds, and a message about it is fit for a terminal. */
#include "fuzz.h"

#include "core/utf8.h"
#include "setup/values.h"

#include <stdlib.h>
#include <string.h>

static void check_message(const char *value)
{
    struct trl_problem problem;
    size_t taken;

    trl_problem_describe(&problem, "NAME", value, "anything");
    for (const char *at = problem.text; *at != '\0'; at += taken) {
        uint32_t code_point = trl_utf8_decode(at, strlen(at), &taken);
        FUZZ_CHECK(!trl_utf8_is_unsafe(code_point) && code_point != TRL_UTF8_REPLACEMENT);
    }
}

static void read_lists(const char *text, struct trl_settings *settings)
{
    static trl_value_item_check *const checks[] = {trl_value_is_header_name, trl_value_is_path,
                                                   trl_value_is_host, trl_value_is_text};
    struct trl_list list;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (trl_value_read_list(text, checks[i], settings, &list) == TRAIL_OK) {
            for (size_t item = 0; item < list.count; item++) {
                FUZZ_CHECK(checks[i](list.items[item]) && *list.items[item] != '\0');
            }
        }
    }
}

static void read_outputs(const char *text, struct trl_settings *settings)
{
    if (trl_value_read_outputs(text, settings) == TRAIL_OK) {
        FUZZ_CHECK(settings->config.output_count >= 1);
        FUZZ_CHECK(settings->config.output_count <= TRL_CONFIG_OUTPUTS_MAX);
        for (size_t i = 0; i < settings->config.output_count; i++) {
            FUZZ_CHECK(trl_value_is_text(settings->config.outputs[i].address));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trl_settings settings = {.blocks = NULL};
    struct trl_networks networks;
    uint64_t number;
    double share;

    if (size == 0) {
        return 0;
    }
    char *text = malloc(size);
    if (text == NULL) {
        abort();
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    check_message(text);
    switch (data[0] % 5) {
    case 0:
        read_outputs(text, &settings);
        break;
    case 1:
        read_lists(text, &settings);
        break;
    case 2:
        FUZZ_CHECK(trl_value_read_size(text, 10, 1000, &number) != TRAIL_OK ||
                   (number >= 10 && number <= 1000));
        break;
    case 3:
        FUZZ_CHECK(trl_value_read_share(text, &share) != TRAIL_OK || (share >= 0 && share <= 1));
        break;
    default:
        FUZZ_CHECK(trl_networks_parse(text, &networks) != TRAIL_OK ||
                   networks.count <= TRL_NETWORKS_MAX);
        break;
    }
    trl_settings_fini(&settings);
    free(text);
    return 0;
}
