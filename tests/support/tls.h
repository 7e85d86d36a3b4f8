/* A certificate for the loopback address, made for one test run. */
#ifndef TRAIL_TESTS_TLS_H
#define TRAIL_TESTS_TLS_H

/* The path of a PEM file with a key and a self-signed certificate, written at the first call and
 * removed when the process ends. */
const char *tls_certificate(void);

#endif
