/* alert/post_webhook.c - a message as an HTTP request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/backoff.h"
#include "alert/post.h"
#include "base/clock.h"
#include "loop/curl_bridge.h"

enum {
    HEADERS_MAX = 18, /* those of the configuration, and two of ours */
    TOKEN_MAX = 8 * 1024,
    CA_MAX = 1024 * 1024,
    BODY_MAX = 4 * 1024 * 1024,
    REPLY_MAX = 4096
};

/* 408 and 429 mean: later. Other 4xx will not get better, nor will a redirection, which
 * is not followed: what is sent there could be anybody's. */
static enum post_end judge(const struct fetch_result *result)
{
    if (result->end == FETCH_BAD_URL)
        return POST_REFUSED;
    if (result->end != FETCH_DONE)
        return POST_TRY_AGAIN;
    if (result->status >= 200 && result->status < 300)
        return POST_DELIVERED;
    if (result->status == 408 || result->status == 429 || result->status >= 500)
        return POST_TRY_AGAIN;
    return POST_REFUSED;
}

static void on_fetched(void *owner, const struct fetch_result *result)
{
    struct post *post = owner;
    struct post_result told = { .end = judge(result) };
    char phrase[256], asked[64];

    if (result->end == FETCH_DONE)
        snprintf(phrase, sizeof phrase, "answered %u%s%.40s", result->status,
                 result->phrase[0] != '\0' ? " " : "", result->phrase);
    else
        snprintf(phrase, sizeof phrase, "%s%s%.160s", fetch_end_phrase(result->end),
                 result->detail[0] != '\0' ? ": " : "", result->detail);
    if (result->end == FETCH_DONE &&
        fetch_field(result, "Retry-After", asked, sizeof asked))
        told.asked = backoff_asked(asked, clock_wall_ms());
    told.phrase = phrase;
    post_finish(post, &told);
}

struct secrets {
    char *token; /* owned, as the next two */
    char *bearer;
    char *ca;
};

static enum rollcall_status read_secrets(const struct config_receiver *receiver,
                                         struct secrets *out, struct reason *why)
{
    if (receiver->token_file != NULL) {
        out->token = post_read_file(receiver->token_file, TOKEN_MAX, why);
        if (out->token == NULL)
            return ROLLCALL_E_IO;
        if (strpbrk(out->token, "\r\n") != NULL) {
            reason_set(why, "%s has more than one line", receiver->token_file);
            return ROLLCALL_E_INVALID;
        }
        if (asprintf(&out->bearer, "Bearer %s", out->token) < 0) {
            out->bearer = NULL;
            return ROLLCALL_E_NOMEM;
        }
    }
    if (receiver->ca_file != NULL) {
        out->ca = post_read_file(receiver->ca_file, CA_MAX, why);
        if (out->ca == NULL)
            return ROLLCALL_E_IO;
    }
    return ROLLCALL_OK;
}

static void forget_secrets(struct secrets *secrets)
{
    if (secrets->token != NULL)
        explicit_bzero(secrets->token, strlen(secrets->token));
    if (secrets->bearer != NULL)
        explicit_bzero(secrets->bearer, strlen(secrets->bearer));
    free(secrets->token);
    free(secrets->bearer);
    free(secrets->ca);
}

static unsigned make_headers(const struct config_receiver *receiver,
                             const struct secrets *secrets,
                             struct rollcall_pair headers[HEADERS_MAX])
{
    unsigned count = 0;

    headers[count++] = (struct rollcall_pair){ "Content-Type", "application/json" };
    if (secrets->bearer != NULL)
        headers[count++] = (struct rollcall_pair){ "Authorization", secrets->bearer };
    for (uint32_t i = 0; i < receiver->header_count && count < HEADERS_MAX; i++)
        headers[count++] = receiver->headers[i];
    return count;
}

static enum rollcall_status webhook_start(struct post *post, const char *body,
                                          size_t length, struct reason *why)
{
    const struct config_receiver *receiver = post->receiver;
    struct secrets secrets = { .token = NULL };
    struct rollcall_pair headers[HEADERS_MAX];
    enum rollcall_status status = read_secrets(receiver, &secrets, why);

    if (status == ROLLCALL_OK) {
        const struct fetch_request request = {
            .url = receiver->url,
            .method = receiver->method,
            .headers = headers,
            .header_count = make_headers(receiver, &secrets, headers),
            .body = body,
            .body_length = length,
            .tls.ca = { secrets.ca, secrets.ca == NULL ? 0 : strlen(secrets.ca) },
            .timeout_ms = receiver->timeout_ms,
            .keep_max = 0,
            .read_max = REPLY_MAX,
        };
        status = fetch_start(post->poster->curl, &request, on_fetched, post, &post->fetch,
                             why);
    }
    forget_secrets(&secrets);
    return status;
}

static void webhook_cancel(struct post *post)
{
    fetch_cancel(post->fetch);
}

const struct post_kind post_webhook = { .start = webhook_start,
                                        .cancel = webhook_cancel,
                                        .most = BODY_MAX };
