/* Chunks that are claimed for one line at a time. */
#ifndef TRL_SINK_SPOOL_SHARE_H
#define TRL_SINK_SPOOL_SHARE_H

#include "sink/spool_producer.h"

/* What a thread remembers of the chunks that it used. */
struct trl_share {
    uint32_t last;   /* that was shared, looked at first: so threads keep out of each other's way */
    uint64_t ticket; /* of the latest: the next line stands in no earlier one */
};

/* Gives producer, which holds none, a chunk that has room for a line of size bytes. False: there is
 * none; producer->met tells whether another thread was using one. */
bool trl_share_claim(struct trl_spool *spool, const struct trl_share *share,
                     struct trl_producer *producer, enum trail_level level, size_t size);

/* Leaves what producer holds, if anything, to whoever shares chunks. */
void trl_share_give_back(struct trl_spool *spool, struct trl_share *share,
                         struct trl_producer *producer);

#endif
