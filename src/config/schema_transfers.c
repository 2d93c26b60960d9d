/* The rows of the sections keys and transfers (docs/dns.md §3.7). */
#include "config/config.h"
#include "config/schema.h"

static const char *const words_algorithm[] = { "hmac-sha256", "hmac-sha1",
                                               "hmac-sha224", "hmac-sha384",
                                               "hmac-sha512", NULL };

#define FIELD(name) .offset = offsetof(struct config_key, name)

const struct option config_key_options[] = {
    { .key = "name",
      .type = &option_name,
      FIELD(name),
      .required = true,
      .help = "The name of the key; both ends must use the same." },
    { .key = "algorithm",
      .type = &option_choice,
      FIELD(algorithm),
      .words = words_algorithm,
      .fallback = "hmac-sha256",
      .help = "How messages are signed with it." },
    { .key = "secret",
      .type = &option_text,
      FIELD(secret),
      .min = 4,
      .max = 680,
      .required = true,
      .help = "The shared secret in base64; 32 octets are a good length. Keep the file "
              "readable for the daemon alone." },
    { 0 },
};

#undef FIELD
#define FIELD(name) .offset = offsetof(struct config_transfers, name)

const struct option config_transfer_options[] = {
    { .key = "coalesce",
      .type = &option_duration,
      FIELD(coalesce_ms),
      .min = 10,
      .max = 60 * SECOND,
      .fallback = "200ms",
      .help = "The serial of a zone is raised, and secondaries are notified, at most "
              "once in this time." },
    { .key = "journal",
      .type = &option_count,
      FIELD(journal),
      .max = 1000000,
      .fallback = "1000",
      .help = "Changes of a zone that are kept for incremental transfers (RFC 1995); 0: "
              "none." },
    { .key = "journal_bytes",
      .type = &option_big,
      FIELD(journal_bytes),
      .max = INT64_C(1) << 40,
      .fallback = "16777216",
      .help = "What they may take of memory, in bytes, for each zone." },
    { .key = "journal_records",
      .type = &option_count,
      FIELD(journal_records),
      .max = 100000000,
      .fallback = "3000",
      .help = "Records in one incremental transfer at most; more are sent as a whole "
              "zone. Knot DNS 3.2 overflows its stack on very large ones." },
    { .key = "max_running",
      .type = &option_count,
      FIELD(max_running),
      .min = 1,
      .max = 1000,
      .fallback = "16",
      .help = "Connections of secondaries at once; more wait until one of these ends." },
    { .key = "message_timeout",
      .type = &option_duration,
      FIELD(message_timeout_ms),
      .min = SECOND,
      .max = 3600 * SECOND,
      .fallback = "30s",
      .help = "A secondary that has not taken a message (of 16 KiB) in this time has "
              "stalled: its connection is closed." },
    { 0 },
};
