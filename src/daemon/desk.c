#include "daemon/desk.h"

static enum rollcall_status silence(void *owner, const struct request_silence *request,
                                    const struct requester *who, int64_t wall,
                                    desk_done done, void *context, struct reason *why)
{
    return alert_silence(owner, request, who, wall, done, context, why);
}

static enum rollcall_status unsilence(void *owner, uint64_t number,
                                      const struct requester *who, desk_done done,
                                      void *context, struct reason *why)
{
    return alert_unsilence(owner, number, who, done, context, why);
}

static bool silence_view(void *owner, size_t index, struct silence_view *out)
{
    return alert_silence_view(owner, index, out);
}

static bool next_alert(void *owner, size_t *at, struct alert_view *out)
{
    return alert_next_view(owner, at, out);
}

static enum rollcall_status test(void *owner, const char *receiver,
                                 const struct requester *who, int64_t wall,
                                 desk_tested done, void *context, struct reason *why)
{
    return alert_test(owner, receiver, who, wall, done, context, why);
}

struct desk desk_of_alert(struct alert *alert)
{
    return (struct desk){ .silence = silence,
                          .unsilence = unsilence,
                          .silence_view = silence_view,
                          .next_alert = next_alert,
                          .test = test,
                          .owner = alert };
}
