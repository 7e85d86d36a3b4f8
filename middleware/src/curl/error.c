/* Curl: why a call failed, in words that dashboards can count: they stay when libcurl's change. */
#include "curl/error.h"

#include <errno.h>
#include <stddef.h>

static const char *connect_error(long os_error)
{
    switch (os_error) {
    case ECONNREFUSED:
        return "connection_refused";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "unreachable";
    case ETIMEDOUT:
        return "timeout";
    default:
        return "connect_failed";
    }
}

static const struct {
    CURLcode code;
    const char *word;
} words[] = {
    {CURLE_OPERATION_TIMEDOUT, "timeout"},
    {CURLE_COULDNT_RESOLVE_HOST, "resolve_failed"},
    {CURLE_COULDNT_RESOLVE_PROXY, "resolve_failed"},
    {CURLE_SSL_CONNECT_ERROR, "tls_failed"},
    {CURLE_PEER_FAILED_VERIFICATION, "tls_failed"},
    {CURLE_SSL_CERTPROBLEM, "tls_failed"},
    {CURLE_SSL_CIPHER, "tls_failed"},
    {CURLE_SSL_CACERT_BADFILE, "tls_failed"},
    {CURLE_SSL_ISSUER_ERROR, "tls_failed"},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, "tls_failed"},
    {CURLE_SSL_INVALIDCERTSTATUS, "tls_failed"},
    {CURLE_USE_SSL_FAILED, "tls_failed"},
    {CURLE_TOO_MANY_REDIRECTS, "too_many_redirects"},
    {CURLE_RECV_ERROR, "connection_reset"},
    {CURLE_SEND_ERROR, "connection_reset"},
    {CURLE_GOT_NOTHING, "empty_response"},
    {CURLE_PARTIAL_FILE, "response_cut"},
    {CURLE_WEIRD_SERVER_REPLY, "malformed_response"},
    {CURLE_UNSUPPORTED_PROTOCOL, "malformed_response"},
    {CURLE_BAD_CONTENT_ENCODING, "malformed_response"},
    {CURLE_HTTP2, "malformed_response"},
    {CURLE_HTTP2_STREAM, "malformed_response"},
    {CURLE_FILESIZE_EXCEEDED, "response_too_large"},
    {CURLE_HTTP_RETURNED_ERROR, "http_error"},
    {CURLE_URL_MALFORMAT, "url_malformed"},
    {CURLE_WRITE_ERROR, "write_failed"},
    {CURLE_READ_ERROR, "read_failed"},
    {CURLE_ABORTED_BY_CALLBACK, "cancelled"},
    {CURLE_OUT_OF_MEMORY, "out_of_memory"},
};

const char *trl_curl_error_code(CURLcode code, long os_error)
{
    if (code == CURLE_OK) {
        return NULL;
    }
    if (code == CURLE_COULDNT_CONNECT) {
        return connect_error(os_error);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].code == code) {
            return words[i].word;
        }
    }
    return "transfer_failed";
}
