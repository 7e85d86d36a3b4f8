/* libssl.so with the one function that CivetWeb 1.15 misses in OpenSSL 3. */
#include <openssl/ssl.h>

#undef SSL_get_peer_certificate
__attribute__((visibility("default"))) X509 *SSL_get_peer_certificate(const SSL *ssl);

X509 *SSL_get_peer_certificate(const SSL *ssl)
{
    return SSL_get1_peer_certificate(ssl);
}
