/* How thread-local state is declared. The initial-exec model makes an access one instruction, where
 * a shared library's default is a call; it asks for room in the static TLS block, of which a
 * library that is loaded by dlopen() gets little, so only small things may be declared so. */
#ifndef TRL_CORE_THREAD_H
#define TRL_CORE_THREAD_H

#define TRL_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))

#endif
