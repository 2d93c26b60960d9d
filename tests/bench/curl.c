/* bench/curl.c - what libcurl itself spends on a request: one easy handle, a new
 * connection each time, one after the other.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "bench/lib/program.h"

/* Our own processor time; the server's is its own. */
static uint64_t processor_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static size_t discard(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}

static CURL *prepare(const char *url)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        program_fail(0, "curl_easy_init failed");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 3000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    return easy;
}

static void perform(CURL *easy, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        CURLcode code = curl_easy_perform(easy);
        if (code != CURLE_OK)
            program_fail(0, "%s", curl_easy_strerror(code));
    }
}

int main(int argc, char **argv)
{
    const char *url = NULL;
    double requests = 2000;
    const struct program_option options[] = {
        { "--url", "what to ask for", .text = &url },
        { "--requests", "how many (2000)", .number = &requests },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Ask with libcurl; prints one JSON line.", options);

    if (url == NULL || requests < 1)
        program_fail(0, "curl: --url is required, numbers in range; try --help");
    CURL *easy = prepare(url);
    perform(easy, 20); /* what it does only once */
    uint64_t begin = processor_ns();
    perform(easy, (unsigned)requests);
    uint64_t spent = processor_ns() - begin;
    curl_easy_cleanup(easy);
    printf("{\"requests\":%.0f,\"cpu_us_per_request\":%.2f}\n", requests,
           (double)spent / requests / 1e3);
    return 0;
}
