/* A certificate for the loopback address, made for one test run. */
#ifndef TRAIL_TESTS_TLS_H
#define TRAIL_TESTS_TLS_H

/* Writes a key and a self-signed certificate into a new PEM file; returns its path, which lives
 * until tls_certificate_remove(). */
const char *tls_certificate_make(void);
void tls_certificate_remove(void);

#endif
