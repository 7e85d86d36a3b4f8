// An address that a program takes which is not position-independent: it is that of a stub in the
// program itself, for everybody who asks.
#include <civetweb.h>

using function = const char *(const char *);

function *mime_type_by_address();

function *mime_type_by_address()
{
    return mg_get_builtin_mime_type;
}
