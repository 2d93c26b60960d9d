/* rollcall/status.h - every way a call can end, with its protocol word and sentence.
 *
 * The words are the error codes of the registration socket (docs/protocol.md).
 * Append, never renumber.
 * Threads: constants and pure functions, any thread.
 */
#ifndef ROLLCALL_STATUS_H
#define ROLLCALL_STATUS_H

#define ROLLCALL_STATUS_LIST(X)                                                          \
    X(OK, 0, "ok", "success")                                                            \
    X(E_BAD_JSON, 1, "bad_json", "the line is not one JSON object")                      \
    X(E_UNKNOWN_OP, 2, "unknown_op", "there is no such operation")                       \
    X(E_UNKNOWN_FIELD, 3, "unknown_field", "there is no such field")                     \
    X(E_MISSING_FIELD, 4, "missing_field", "a required field is missing")                \
    X(E_INVALID, 5, "invalid_field", "a value is not allowed")                           \
    X(E_TOO_LONG, 6, "too_long", "the request is longer than allowed")                   \
    X(E_NOTFOUND, 7, "not_found", "no such service or instance")                         \
    X(E_CONFLICT, 8, "conflict", "somebody else changed or owns it")                     \
    X(E_UNAUTHORIZED, 9, "unauthorized", "this caller may not do that")                  \
    X(E_LIMIT, 10, "limit", "a limit of the daemon is reached")                          \
    X(E_UNAVAILABLE, 11, "unavailable", "the registry cannot save changes now")          \
    X(E_INTERNAL, 12, "internal", "the daemon met an error of its own")                  \
    X(E_NOMEM, 13, "internal", "out of memory")                                          \
    X(E_IO, 14, "internal", "an input or output operation failed")                       \
    X(E_CONFIG, 15, "config", "the configuration is not valid")                          \
    X(E_TIMEOUT, 16, "internal", "it did not happen in time")

enum rollcall_status {
#define X(name, code, word, text) ROLLCALL_##name = (code),
    ROLLCALL_STATUS_LIST(X)
#undef X
};

#pragma GCC visibility push(default) /* librollcall shows these, and nothing unnamed */

/* The protocol word of `status` ("not_found"). Never NULL. */
const char *rollcall_status_word(enum rollcall_status status);

/* The sentence of `status`. Never NULL. */
const char *rollcall_status_text(enum rollcall_status status);

#pragma GCC visibility pop

#endif
