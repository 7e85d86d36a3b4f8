/* How a request ended, decided from what is known of the wire. */
#ifndef TRL_CIVETWEB_OUTCOME_H
#define TRL_CIVETWEB_OUTCOME_H

#include "civetweb/response.h"

#include <trail/base.h>

enum trl_outcome_kind { TRL_COMPLETED, TRL_FAILED, TRL_ABORTED };

/* What is known when the request has ended. */
struct trl_ending {
    const struct trl_response *response; /* finished */
    bool claimed;                        /* a handler took it */
    bool stopping;                       /* the server is being stopped */
    bool body_broken;                    /* the client went away before its body was complete */
    bool stream;                         /* a WebSocket or event stream: never slow */
    int error_status;                    /* of an error raised although the wire says another; 0 */
    int unseen_status;                   /* of an error that CivetWeb sent by itself; 0: none */
    uint64_t duration_ns;
    uint64_t slow_ns; /* 0: nothing is slow */
};

struct trl_outcome {
    enum trl_outcome_kind kind;
    enum trail_level level;
    const char *error_code; /* NULL: none */
    const char *phase;      /* of an abort: request_body, response_head, response_body */
    int status;             /* of the wire; 0: not seen */
    bool slow;
};

struct trl_outcome trl_outcome_of(const struct trl_ending *ending);

#endif
