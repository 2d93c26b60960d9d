/* fits FOLDER: the size of every reply, for services of 1 to 500 instances and every
 * announced size from 512 to 1240 (docs/dns.md §2.4). A reply never passes the limit, is
 * whole, says TC exactly when the answer was cut, and is only as short as it must be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "conformance/world.h"
#include "dns/message.h"
#include "dns/wire.h"

enum { SERVICE_MAX = 500, ADDRESS_RECORD = 16 };

struct reply {
    const char *fault; /* NULL: none */
    size_t length;
    bool truncated;
    unsigned answers, additional;
    size_t answer_octets; /* of the last answer */
};

struct question {
    unsigned instances;
    uint16_t type;
    uint16_t announced; /* 0: no EDNS */
    bool tcp;
};

static size_t limit_of(const struct question *question)
{
    if (question->tcp)
        return DNS_MESSAGE_MAX;
    if (question->announced <= DNS_UDP_CLASSIC)
        return DNS_UDP_CLASSIC;
    return question->announced < DNS_UDP_ADVERTISED ? question->announced
                                                    : DNS_UDP_ADVERTISED;
}

static size_t ask(const struct question *question, uint8_t *out, size_t size)
{
    char text[64];
    struct dns_name name;

    snprintf(text, sizeof text, "n%03u.service.local.", question->instances);
    if (!dns_name_parse(text, &name))
        return 0;
    size_t length = dns_message_ask(out, size, 1, &name, question->type, false,
                                    question->announced != 0);
    if (question->announced != 0)
        bytes_put16(out + length - DNS_OPT_SIZE + 3, question->announced);
    return length;
}

static struct reply read_reply(const uint8_t *bytes, size_t length)
{
    struct reply reply = { .length = length };
    struct dns_message message;
    struct dns_record record;
    int more;

    if (!dns_message_open(&message, bytes, length)) {
        reply.fault = "cannot be read";
        return reply;
    }
    reply.truncated = (message.flags & DNS_FLAG_TC) != 0;
    size_t at = message.at;
    while ((more = dns_message_next(&message, &record)) > 0) {
        if (record.section == 1) {
            reply.answers++;
            reply.answer_octets = message.at - at;
        }
        reply.additional += record.section == 3 && record.type != DNS_TYPE_OPT;
        at = message.at;
    }
    if (more < 0 || message.at != length)
        reply.fault = "is not whole";
    return reply;
}

static const char *judge_reply(const struct question *question, const struct reply *reply)
{
    size_t limit = limit_of(question);
    unsigned beside = question->type == DNS_TYPE_SRV ? question->instances : 0;

    if (reply->fault != NULL)
        return reply->fault;
    if (reply->length > limit)
        return "is longer than allowed";
    if (reply->truncated != (reply->answers < question->instances))
        return reply->truncated ? "says TC and is not cut" : "is cut without TC";
    if (reply->truncated) {
        if (reply->additional > 0)
            return "is cut and has additional records";
        return reply->length + reply->answer_octets <= limit ? "is cut too short" : NULL;
    }
    if (reply->additional > beside)
        return "has too many additional records";
    if (reply->additional < beside && reply->length + ADDRESS_RECORD <= limit)
        return "leaves out an address that fits";
    return NULL;
}

static bool try_question(struct world *world, const struct question *question)
{
    uint8_t message[DNS_MESSAGE_MAX];
    size_t capacity = question->tcp ? sizeof message : DNS_UDP_MAX;
    size_t length = ask(question, message, capacity);

    length = world_answer(world, message, length, capacity, question->tcp);
    struct reply reply = read_reply(message, length);
    const char *fault = judge_reply(question, &reply);
    if (fault == NULL)
        return true;
    printf("%u instances, type %u, announced %u by %s: the reply of %zu octets with %u "
           "answers %s\n",
           question->instances, question->type, question->announced,
           question->tcp ? "TCP" : "UDP", length, reply.answers, fault);
    return false;
}

/* Is there a service of so many instances? */
static bool has_service(struct world *world, unsigned instances)
{
    const struct question question = { instances, DNS_TYPE_A, 0, true };
    uint8_t message[DNS_MESSAGE_MAX];

    size_t length = ask(&question, message, sizeof message);
    length = world_answer(world, message, length, sizeof message, true);
    return length >= DNS_HEADER_SIZE && bytes_get16(message + 6) == instances;
}

static void try_service(struct world *world, unsigned instances, unsigned counts[2])
{
    static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_SRV };

    for (unsigned t = 0; t < 2; t++) {
        struct question question = { instances, types[t], 0, false };
        counts[try_question(world, &question)]++;
        for (uint16_t size = 508; size <= 1240; size++) {
            question.announced = size;
            counts[try_question(world, &question)]++;
        }
        question.tcp = true;
        counts[try_question(world, &question)]++;
    }
}

int main(int argc, char **argv)
{
    char config[1024], instances[1024];
    struct world *world = NULL;
    struct reason why = REASON_NONE;
    unsigned counts[2] = { 0, 0 };

    if (argc != 2)
        return EXIT_FAILURE;
    snprintf(config, sizeof config, "%s/world.yaml", argv[1]);
    snprintf(instances, sizeof instances, "%s/world.registry", argv[1]);
    if (world_create(config, instances, &world, &why) != ROLLCALL_OK) {
        printf("cannot build the world: %s\n", why.text);
        return EXIT_FAILURE;
    }
    for (unsigned i = 1; i <= SERVICE_MAX; i++)
        if (has_service(world, i))
            try_service(world, i, counts);
    world_destroy(world);
    printf("%u cases: %u passed, %u failed\n", counts[0] + counts[1], counts[1],
           counts[0]);
    return counts[0] == 0 && counts[1] > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
