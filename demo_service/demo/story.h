/* The stories of `./dev demo --once`: an order each, and what its trail must hold. */
#ifndef DEMO_STORY_H
#define DEMO_STORY_H

#include "demo/fleet.h"

/* Tells every story: places its order, waits for its trail, prints it by `trail show`, and checks
 * that it is whole, within patience_ms. Returns how many were not. */
size_t stories_tell(const struct fleet *fleet, unsigned patience_ms);

#endif
