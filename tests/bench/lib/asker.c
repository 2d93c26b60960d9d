#include "bench/lib/asker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/address.h"
#include "bench/lib/program.h"

void asker_open(struct asker *asker, const char *server)
{
    struct address address;
    const struct timeval second = { .tv_sec = 1 };

    memset(asker, 0, sizeof *asker);
    if (!address_parse(server, 0, &address))
        program_fail(0, "\"%s\" is not ADDRESS:PORT", server);
    asker->fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (asker->fd < 0 || connect(asker->fd, &address.any, address.length) != 0 ||
        setsockopt(asker->fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) != 0)
        program_fail(errno, "cannot ask %s", server);
}

bool asker_ask(struct asker *asker, const struct question *question)
{
    uint8_t query[QUESTION_MAX];

    memcpy(query, question->octets, question->length);
    question_set_id(query, ++asker->id);
    if (send(asker->fd, query, question->length, 0) < 0)
        return false;
    for (;;) {
        ssize_t got = recv(asker->fd, asker->reply, sizeof asker->reply, 0);
        if (got < 0)
            return false;
        if (got >= 12 && question_id(asker->reply) == asker->id) {
            asker->length = (size_t)got;
            return true;
        }
    }
}

/* TYPE A, CLASS IN, any TTL, RDLENGTH 4, the address: searched as bytes, so that this
 * needs no parser that could share a fault with ours. */
bool asker_names(const struct asker *asker, const uint8_t address[4])
{
    static const uint8_t head[4] = { 0, 1, 0, 1 };
    static const uint8_t length[2] = { 0, 4 };

    for (size_t at = 12; at + 14 <= asker->length; at++) {
        const uint8_t *octets = asker->reply + at;
        if (memcmp(octets, head, 4) == 0 && memcmp(octets + 8, length, 2) == 0 &&
            memcmp(octets + 10, address, 4) == 0)
            return true;
    }
    return false;
}
