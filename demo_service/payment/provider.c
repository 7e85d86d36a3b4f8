/* Provider: stands for a company far away, its weather included. */
#include "payment/provider.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>

enum provider_outcome provider_charge(const struct provider_charge *charge)
{
    if (strcmp(charge->token, "tok_declined") == 0) {
        return PROVIDER_DECLINED;
    }
    if (strcmp(charge->token, "tok_timeout") == 0) {
        (void)poll(NULL, 0, (int)charge->timeout_ms);
        return PROVIDER_TIMEOUT;
    }
    if (strcmp(charge->token, "tok_error") == 0) {
        return PROVIDER_ERROR;
    }
    if (strcmp(charge->token, "tok_crash") == 0) {
        return PROVIDER_NONSENSE;
    }
    if (strcmp(charge->token, "tok_flaky") == 0 && charge->tries == 1) {
        return PROVIDER_ERROR;
    }
    return PROVIDER_AUTHORIZED;
}
