/* The keys of section api: HTTP. */
#include "config/config.h"
#include "config/schema.h"

static const char *const words_anonymous[] = { "auto",     "none",    "read",
                                               "register", "operate", NULL };

#define FIELD(name) .offset = offsetof(struct config_token, name)
#define COUNT(name) .count_offset = offsetof(struct config_token, name)

static const struct option token_options[] = {
    { .key = "name",
      .type = &option_text,
      FIELD(name),
      .min = 1,
      .max = 63,
      .required = true,
      .help = "What log lines call it." },
    { .key = "sha256",
      .type = &option_text,
      FIELD(sha256),
      .min = 64,
      .max = 64,
      .required = true,
      .help = "SHA-256 of the token, 64 hexadecimal digits; `rollcall token new` prints "
              "both." },
    { .key = "read",
      .shape = OPTION_LIST,
      .type = &option_text,
      FIELD(read),
      COUNT(read_count),
      .max = 1024,
      .fallback = "[]",
      .help = "What it may see: \"*\", all; \"web\", a service; \"web*\", those that "
              "begin so; \"prod/web*\", in the namespace prod; \"kv/app*\", keys; "
              "\"event/a*\", \"session/a*\", \"node/a*\", what has such a name." },
    { .key = "register",
      .shape = OPTION_LIST,
      .type = &option_text,
      FIELD(registers),
      COUNT(register_count),
      .max = 1024,
      .fallback = "[]",
      .help = "What it may register, renew, remove and write; and see." },
    { .key = "operate",
      .shape = OPTION_LIST,
      .type = &option_text,
      FIELD(operate),
      COUNT(operate_count),
      .max = 1024,
      .fallback = "[]",
      .help = "What it may drain, override and put into maintenance; and register and "
              "see. With \"*\" also what others own, and the daemon itself." },
    { 0 },
};

#undef FIELD
#undef COUNT
#define FIELD(name) .offset = offsetof(struct config_tls, name)

static const struct option tls_options[] = {
    { .key = "cert",
      .type = &option_path,
      FIELD(cert),
      .min = 1,
      .max = 4095,
      .live = true,
      .help = "Certificate and its chain, PEM. With it every address of `listen` speaks "
              "TLS, and only that." },
    { .key = "key",
      .type = &option_path,
      FIELD(key),
      .min = 1,
      .max = 4095,
      .live = true,
      .help = "Its private key, PEM." },
    { .key = "client_ca",
      .type = &option_path,
      FIELD(client_ca),
      .min = 1,
      .max = 4095,
      .live = true,
      .help = "Authorities that certificates of clients come from, PEM." },
    { .key = "require_client_cert",
      .type = &option_bool,
      FIELD(require_client_cert),
      .fallback = "false",
      .live = true,
      .help = "Refuse clients without a certificate of those authorities." },
    { 0 },
};

#undef FIELD

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
    { .key = "max_pending",
      .type = &option_big,
      FIELD(max_pending),
      .min = 1 << 20,
      .max = INT64_C(1) << 40,
      .fallback = "536870912",
      .help =
          "Octets of large answers that their clients have not taken yet, all of them "
          "together; more get 503. And as many of bodies that are being received; "
          "then connections are closed." },
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
    { .key = "rate_limit",
      .type = &option_count,
      FIELD(rate_limit),
      .max = 1000000,
      .fallback = "0",
      .live = true,
      .help = "Requests a second of one client address, with bursts of one second; more "
              "get 429; 0: no limit." },
    { .key = "anonymous",
      .type = &option_word,
      FIELD(anonymous),
      .words = words_anonymous,
      .fallback = "auto",
      .live = true,
      .help = "What a client without a token may do: none; read; register, which may "
              "also read, renew and remove what came over HTTP; or operate, which may do "
              "all to all. auto: read where tokens are configured; else all to what came "
              "over HTTP, so that Consul's clients work, and nothing to what users of "
              "the registration socket own, nor to the node." },
    { .key = "tokens",
      .shape = OPTION_SECTIONS,
      FIELD(tokens),
      COUNT(token_count),
      .max = 10000,
      .rows = token_options,
      .rows_size = sizeof(struct config_token),
      .line_offset = offsetof(struct config_token, line),
      .fallback = "[]",
      .live = true,
      .help = "Who may do what, over HTTP and over TCP (registry.listen); none: tokens "
              "are ignored over HTTP, and nobody comes in over TCP." },
    { .key = "tls",
      .shape = OPTION_SECTION,
      FIELD(tls),
      .rows = tls_options,
      .help = "TLS, 1.2 and 1.3." },
    { .key = "allow_remote_without_auth",
      .type = &option_bool,
      FIELD(allow_remote_without_auth),
      .fallback = "false",
      .live = true,
      .help = "Listen on addresses that others reach though clients without a token may "
              "register, and no client certificate is required." },
    { .key = "hosts",
      .shape = OPTION_LIST,
      .type = &option_text,
      FIELD(hosts),
      COUNT(host_count),
      .max = 256,
      .fallback = "[]",
      .live = true,
      .help =
          "Names with dots that a request may call us by (its header Host), beside "
          "names in our zones; addresses, localhost and names without a dot always "
          "may. \"*.example.com\" is all below it, \"*\" all. It keeps pages of other "
          "sites out (DNS rebinding)." },
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
