/* Core: the configuration in force. It is set as a whole and never changed while it is read. */
#include "core/config.h"

static const char *const default_headers[] = {"X-Request-ID"};
static const char *const default_quiet[] = {"/healthz", "/readyz", "/metrics"};

static const struct trl_config defaults = {
    .service = "",
    .environment = "development",
    .level = TRAIL_LEVEL_INFO,
    .cloud_project = "",
    .output_count = 1,
    .outputs = {{.kind = TRL_OUTPUT_STDOUT, .address = ""}},
    .spool_dir = "",
    .spool_bytes = (size_t)16 << 20,
    .trusted = {.count = 2,
                .items = {{.address = {{[10] = 0xFF, 0xFF, 127}}, .prefix = 104},
                          {.address = {{[15] = 1}}, .prefix = 128}}},
    .propagate_to = {.private_names = true},
    .request_id_headers = {.count = 1, .items = default_headers},
    .keep_debug = true,
    .slow_ms = 1000,
    .stalled_ms = 10000,
    .quiet = {.count = 3, .items = default_quiet},
    .sample = 1.0,
};

const struct trl_config *trl_config_current_ = &defaults;
unsigned trl_config_generation_;

bool trl_config_is_set(void)
{
    return trl_config() != &defaults;
}

void trl_config_set(const struct trl_config *config)
{
    __atomic_store_n(&trl_config_current_, config != NULL ? config : &defaults, __ATOMIC_RELEASE);
    __atomic_add_fetch(&trl_config_generation_, 1, __ATOMIC_RELEASE);
}
