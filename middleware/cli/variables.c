/* Variables of the environment. */
#include "variables.h"

#include "text.h"

#include "setup/settings.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

char *cli_variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        return NULL;
    }
    value += strspn(value, BLANKS);
    size_t size = strlen(value);
    while (size > 0 && strchr(BLANKS, value[size - 1]) != NULL) {
        size--;
    }
    return size > 0 ? cli_copy(value, size) : NULL;
}

enum cli_exit cli_variable_refused(const char *name, const char *value, const char *allowed)
{
    struct trl_problem problem;

    trl_problem_describe(&problem, name, value, allowed);
    cli_complain("%s", problem.text);
    return CLI_ERROR;
}
