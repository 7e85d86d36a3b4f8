/* The least that uses a header and the library. */
#include <trail/civetweb.h>
#include <trail/trail.h>

#include <string.h>

int main(void)
{
    return strcmp(trail_status_text(TRAIL_OK), "") == 0;
}
