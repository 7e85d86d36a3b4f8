/* The least that uses the libcurl adapter. */
#include <trail/curl.h>

int main(void)
{
    CURL *easy = curl_easy_init();
    CURLcode code = trail_curl_perform(easy, NULL);
    curl_easy_cleanup(easy);
    return code == CURLE_OK;
}
