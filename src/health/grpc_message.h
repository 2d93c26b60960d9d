/* health/grpc_message.h - the two messages of grpc.health.v1.Health/Check, as octets.
 *
 * Pure. A call carries each message in a frame: one octet that says whether it is
 * compressed, four of length (big-endian), the message. Inside are protobuf fields.
 * Source   gRPC over HTTP/2 (PROTOCOL-HTTP2.md: Length-Prefixed-Message, Status,
 *          Status-Message); grpc/health/v1/health.proto; protobuf, "Encoding".
 * Threads  pure functions, any thread.
 */
#ifndef HEALTH_GRPC_MESSAGE_H
#define HEALTH_GRPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GRPC_SERVICE_MAX = 255, /* octets of a service's name that we ask for */
    GRPC_REQUEST_MAX = 5 + 3 + GRPC_SERVICE_MAX
};

/* HealthCheckResponse.ServingStatus. */
enum grpc_serving {
    GRPC_UNKNOWN = 0,
    GRPC_SERVING = 1,
    GRPC_NOT_SERVING = 2,
    GRPC_SERVICE_UNKNOWN = 3
};

/* Codes of grpc-status that mean something of their own here. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_UNIMPLEMENTED = 12
};

/* The framed HealthCheckRequest for `service` (at most GRPC_SERVICE_MAX octets; "" is
 * the server as a whole). Returns its length. */
size_t grpc_write_request(const char *service, uint8_t out[GRPC_REQUEST_MAX]);

/* Read exactly one framed HealthCheckResponse. NULL and `*out`, which may be a number
 * that the enum does not have; or why it is none: a constant sentence. */
const char *grpc_read_response(const void *bytes, size_t length, uint64_t *out);

/* "NOT_SERVING"; "a status of its own" for a number that has no name. */
const char *grpc_serving_word(uint64_t serving);
/* "UNAVAILABLE"; "an unknown code" for a number that has no name. */
const char *grpc_status_word(unsigned status);

/* "14" of a grpc-status field. False: this is not a number from 0 to 999. */
bool grpc_parse_status(const char *text, unsigned *out);
/* A grpc-message field, with its %XX read and all but printable ASCII as "?". */
void grpc_print_message(const char *text, char *out, size_t size);

#endif
