/* model/pack_fields.h - the numbers of the fields in packed bytes; see model/pack.h.
 *
 * These stand in databases: append, never renumber, never use a number again. A number
 * is a varint (7 bits an octet, low ones first, at most 10 octets); a text carries its
 * final NUL, so that it can be used where it lies.
 * Threads  constants only.
 */
#ifndef MODEL_PACK_FIELDS_H
#define MODEL_PACK_FIELDS_H

enum { PACK_VERSION = 1, PACK_SHADOW = 1, PACK_KEEP_OUTPUT = 2 };

enum pack_field {
    PACK_ID = 1,
    PACK_SERVICE = 2,
    PACK_NAMESPACE = 3, /* absent: "default" */
    PACK_RELEASE = 4,   /* `version` of the instance */
    PACK_ZONE = 5,
    PACK_HOST = 6,
    PACK_ADDRESS = 7, /* repeats; 4 octets or 16 */
    PACK_PORT = 8,    /* repeats; number (2 octets), protocol (1), name */
    PACK_TAG = 9,     /* repeats */
    PACK_META = 10,   /* repeats; key, value */
    PACK_CHECK = 11,  /* repeats; fields of enum pack_check_field */
    PACK_PLAIN_PORT = 12,
    PACK_WEIGHT = 13,     /* absent: 1 */
    PACK_PRIORITY = 14,   /* absent: 1 */
    PACK_TTL = 15,        /* absent: not set */
    PACK_STATUS = 16,     /* absent: passing */
    PACK_LEASE = 17,      /* kind, ms, pid, pid_start: four varints; absent: none */
    PACK_DATACENTER = 18, /* absent: the daemon's own */
    PACK_REQUIRE = 19,    /* absent: all checks */
    PACK_ANNEX = 20       /* absent: none */
};

enum pack_check_field {
    PACK_CHECK_NAME = 1,
    PACK_CHECK_KIND = 2,
    PACK_CHECK_NOTES = 3,
    /* interval, timeout, initial delay, max latency, success and failure threshold */
    PACK_CHECK_NUMBERS = 4,
    PACK_CHECK_OPTION = 5, /* repeats; key, value */
    /* latency factor, deregister_after, bits (1: shadow, 2: keep_output), warning
     * threshold, initial; what is absent is 0 */
    PACK_CHECK_MORE = 6
};

#endif
