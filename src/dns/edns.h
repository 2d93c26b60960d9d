/* dns/edns.h - write the OPT record of a reply (RFC 6891 §6.1, RFC 8914).
 *
 * The OPT is written after every other record, once; reserve its room first.
 * Threads  pure functions, any thread; nothing allocates.
 */
#ifndef DNS_EDNS_H
#define DNS_EDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest OPT that dns_opt_write() makes: 11 octets and an extended error with its
 * text. */
#define DNS_EDE_TEXT_MAX  96
#define DNS_OPT_WRITE_MAX (11 + 4 + 2 + DNS_EDE_TEXT_MAX)

/* Write an OPT of version 0 at `out`. `udp_size` is what we can take, the upper eight
 * bits of `extended_rcode` (the whole 12-bit rcode) go into its TTL, DO is copied (RFC
 * 3225). `ede` is DNS_EDE_NONE (-1) or an info code with `ede_text` (NULL or "": none;
 * cut at DNS_EDE_TEXT_MAX). Where `room` is tight the text is left out first, then the
 * error. Returns the octets written, 0 when not even the bare OPT fits. */
size_t dns_opt_write(uint8_t *out, size_t room, uint16_t udp_size,
                     unsigned extended_rcode, bool do_bit, int ede, const char *ede_text);

/* Append an extended error, the last of the options: where `room` is tight its text is
 * left out first, then the error. Arguments as above and below. */
size_t dns_opt_add_ede(uint8_t *opt, size_t opt_length, size_t room, int ede,
                       const char *text);

/* Append one option to the OPT of `opt_length` octets at `opt`, which is the last thing
 * in the message. Returns the new length, `opt_length` when `room` is too small. */
size_t dns_opt_add(uint8_t *opt, size_t opt_length, size_t room, uint16_t code,
                   const void *data, uint16_t length);

#endif
