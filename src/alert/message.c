#include "alert/message.h"

#include <stdlib.h>
#include <string.h>

enum { PACK_VERSION = 1 };

static void facts_destroy(struct fact **facts, uint32_t count)
{
    for (uint32_t i = 0; facts != NULL && i < count; i++)
        fact_unref(facts[i]);
    free(facts);
}

struct message *message_create(const struct config_receiver *receiver,
                               struct fact **facts, uint32_t count, int64_t wall)
{
    struct message *message = calloc(1, sizeof *message);

    if (message == NULL) {
        facts_destroy(facts, count);
        return NULL;
    }
    *message = (struct message){
        .receiver = receiver, .created = wall, .facts = facts, .count = count
    };
    list_init(&message->among);
    return message;
}

void message_destroy(struct message *message)
{
    if (message == NULL)
        return;
    facts_destroy(message->facts, message->count);
    free(message);
}

/* A version, when it was created, the receiver with its NUL, how many, and they. */
void message_pack(const struct message *message, struct buffer *out)
{
    uint8_t head[9] = { PACK_VERSION };
    uint8_t count[4];

    bytes_put64(head + 1, (uint64_t)message->created);
    bytes_put32(count, message->count);
    buffer_append(out, head, sizeof head);
    buffer_append(out, message->receiver->name, strlen(message->receiver->name) + 1);
    buffer_append(out, count, sizeof count);
    for (uint32_t i = 0; i < message->count; i++)
        fact_pack(message->facts[i], out);
}

static const struct config_receiver *receiver_of(const struct config_alerts *alerts,
                                                 struct byte_reader *in)
{
    const uint8_t *end =
        in->failed ? NULL : memchr(in->at, '\0', (size_t)(in->end - in->at));
    const char *name =
        end == NULL ? "" : (const char *)byte_reader_take(in, (size_t)(end + 1 - in->at));

    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        if (strcmp(alerts->receivers[i].name, name) == 0)
            return &alerts->receivers[i];
    return NULL;
}

struct message *message_unpack(const struct config_alerts *alerts, uint64_t number,
                               struct byte_reader *in)
{
    uint8_t version = byte_reader_u8(in);
    int64_t created = (int64_t)byte_reader_u64(in);
    const struct config_receiver *receiver = receiver_of(alerts, in);
    uint32_t count = byte_reader_u32(in), read = 0;
    struct fact **facts = NULL;

    if (version == PACK_VERSION && receiver != NULL && !in->failed && count > 0 &&
        count <= MESSAGE_FACTS_MAX)
        facts = calloc(count, sizeof *facts);
    while (facts != NULL && read < count && (facts[read] = fact_unpack(in)) != NULL)
        read++;
    if (facts == NULL || read < count) {
        facts_destroy(facts, read);
        return NULL;
    }
    struct message *message = message_create(receiver, facts, count, created);
    if (message != NULL)
        message->number = number;
    return message;
}
