/* The keys of section api: HTTP. */
#include "config/config.h"
#include "config/schema.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const char *const words_anonymous[] = { "none", "read", "register", "operate",
                                               NULL };

#define FIELD(name) .offset = offsetof(struct config_api, name)
#define COUNT(name) .count_offset = offsetof(struct config_api, name)

const struct option config_api_options[] = {
    { .key = "listen",
      .shape = OPTION_LIST,
      .type = &option_address,
      FIELD(listen),
      COUNT(listen_count),
      .max = 64,
      .fallback = "[\"127.0.0.1:8500\"]",
      .help = "Addresses and ports for HTTP; []: none. One that is taken is an error "
              "where this is given, and a warning where it is not." },
    { .key = "socket",
      .type = &option_path,
      FIELD(socket),
      .min = 1,
      .max = 107,
      .help = "Path of a Unix socket for HTTP beside them, without TLS." },
    { .key = "socket_mode",
      .type = &option_mode,
      FIELD(socket_mode),
      .fallback = "\"0666\"",
      .help = "File mode of that socket: who may connect." },
    { .key = "max_clients",
      .type = &option_count,
      FIELD(max_clients),
      .min = 1,
      .max = 1000000,
      .fallback = "16384",
      .help = "Connections at once; one that waits for a change holds one of them. More "
              "get 429." },
    { .key = "max_clients_per_address",
      .type = &option_count,
      FIELD(max_clients_per_address),
      .min = 1,
      .max = 1000000,
      .fallback = "8192",
      .help = "The same of one client address, beside the Unix socket." },
    { .key = "max_headers",
      .type = &option_count,
      FIELD(max_headers),
      .min = 2048,
      .max = 65536,
      .fallback = "8192",
      .help = "Memory for one connection in octets: its request line and headers, and "
              "those of the answer, must fit (414 and 431)." },
    { .key = "request_timeout",
      .type = &option_duration,
      FIELD(request_timeout_ms),
      .min = 100,
      .max = HOUR,
      .fallback = "10s",
      .help = "How long a client may take to send one request, from its first line to "
              "the end of its body; then the connection is closed." },
    { .key = "idle_timeout",
      .type = &option_duration,
      FIELD(idle_timeout_ms),
      .min = 100,
      .max = 24 * HOUR,
      .fallback = "2m",
      .help = "How long a connection may stay open between requests, or take nothing of "
              "an answer; one that waits for a change is not idle." },
    { .key = "anonymous",
      .type = &option_word,
      FIELD(anonymous),
      .words = words_anonymous,
      .fallback = "register",
      .help = "What a client without a token may do: none; read; register, which may "
              "also read, renew and remove what came over HTTP; or operate, which may do "
              "all to all." },
    { .key = "consul_service",
      .type = &option_bool,
      FIELD(consul_service),
      .fallback = "true",
      .help = "Show a service `consul` in Consul's API, as its servers do; some clients "
              "look for it." },
    { .key = "kv_max",
      .type = &option_big,
      FIELD(kv_max),
      .min = 65536,
      .max = INT64_C(1) << 40,
      .fallback = "134217728",
      .help = "Memory for the key/value store in octets: keys, values and what they cost "
              "beside. What would be more gets 500." },
    { .key = "kv_keys",
      .type = &option_count,
      FIELD(kv_keys),
      .min = 1,
      .max = 100000000,
      .fallback = "1000000",
      .help = "Keys in it." },
    { .key = "sessions",
      .type = &option_count,
      FIELD(sessions),
      .min = 1,
      .max = 1000000,
      .fallback = "65536",
      .help = "Sessions (holders of locks) at once." },
    { 0 },
};
