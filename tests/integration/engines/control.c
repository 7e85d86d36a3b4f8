/* The engine under test, killed and started again. */
#include "control.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

bool engine_can_be_controlled(void)
{
    return getenv("TRAIL_TEST_ENGINE") != NULL;
}

void engine_control(const char *command)
{
    char line[1024];

    snprintf(line, sizeof(line), "sh '%s' %s '%s' >/dev/null", ENGINE_SCRIPT, command,
             getenv("TRAIL_TEST_ENGINE"));
    assert_int_equal(system(line), 0);
}
