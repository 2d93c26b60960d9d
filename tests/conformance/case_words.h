/* conformance/case_words.h - the words of an ask, send, reply or opt line.
 * Threads: one.
 */
#ifndef CONFORMANCE_CASE_WORDS_H
#define CONFORMANCE_CASE_WORDS_H

#include "conformance/case.h"

/* One word after NAME and TYPE of an ask: "+rd", "class=CH", "edns=512", "option=100". */
bool case_ask_word(struct case_ask *ask, char *word);
/* One word of a send: "udp", "tcp", "H(0000,1,0,0,0)", "Q", "O", "ZEROS(n)" or hex. */
bool case_send_word(struct case_ask *ask, const char *word);
/* "aa" -> DNS_FLAG_AA; 0 when it is none. */
uint16_t case_flag(const char *word);
/* "CODE" or "CODE:HEX". */
bool case_option_read(const char *text, struct case_option *out);
/* "NXDOMAIN" -> 3. */
bool case_rcode(const char *word, unsigned *out);

#endif
