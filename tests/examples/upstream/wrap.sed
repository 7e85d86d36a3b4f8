# What a program changes to come under trail: the #include, and two lines. With sed -zE.
s/#include "civetweb.h"/#include <trail\/civetweb.h>/
s/#include "CivetServer.h"/#include <trail\/civetweb.h>\n&/

# In C.
s/\n(\s*(struct mg_context \*)?ctx =\s*mg_start)/\
struct trail *trail; if (trail_open(NULL, \&trail) != TRAIL_OK) { return 2; }\
trail_civetweb_install(trail, \&callbacks);\n\1/

# In C++: the constructor is given the callbacks.
s/\n([^\n\/]*CivetServer[ >(][^\n;]*options)\);/\
struct trail *trail; if (trail_open(nullptr, \&trail) != TRAIL_OK) { return 2; }\
CivetCallbacks callbacks; trail_civetweb_install(trail, \&callbacks);\n\1, \&callbacks);/
