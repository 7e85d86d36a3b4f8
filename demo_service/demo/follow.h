/* Following the services' logs, in pretty form, in the order of time. */
#ifndef DEMO_FOLLOW_H
#define DEMO_FOLLOW_H

#include "demo/fleet.h"

#include <stdio.h>

struct follow {
    const struct fleet *fleet;
    long offsets[FLEET_SERVICES_];
    struct process pretty; /* trail pretty; without it lines are printed as they are */
    FILE *out;
};

/* Begins at the present end of each log. */
void follow_init(struct follow *follow, const struct fleet *fleet);

/* Writes what has come since the last call. False: nobody reads it any more. */
bool follow_poll(struct follow *follow);

/* Writes the rest, and waits until it is printed. */
void follow_fini(struct follow *follow);

#endif
