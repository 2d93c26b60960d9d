#include "health/dns_question.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "dns/message.h"
#include "dns/types.h"
#include "model/instance.h"

enum { RCODES = 16, RCODE_TEXT = 24, RDATA_TEXT = 1024, QUERY_TEXT = 512 };

/* "NOERROR,NXDOMAIN" to bits. */
static bool read_rcodes(const char *text, uint16_t *out)
{
    char word[RCODE_TEXT];

    *out = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ", ");
        bool known = length == 0;
        for (unsigned rcode = 0; rcode < RCODES && !known; rcode++) {
            dns_rcode_print(rcode, word, sizeof word);
            if (strlen(word) == length && strncasecmp(word, text, length) == 0) {
                *out = (uint16_t)(*out | 1u << rcode);
                known = true;
            }
        }
        if (!known)
            return false;
        text += length;
        text += strspn(text, ", ");
    }
    return *out != 0;
}

static bool read_query(const char *text, struct dns_question *out)
{
    char name[QUERY_TEXT];
    size_t length = strcspn(text, " ");
    const char *type = text + length + strspn(text + length, " ");

    if (length == 0 || length >= sizeof name)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return dns_name_parse(name, &out->name) &&
           (type[0] == '\0' || dns_type_parse(type, &out->type)) &&
           out->type != DNS_TYPE_OPT && out->type != 0;
}

static enum rollcall_status read_what(const struct rollcall_check *check,
                                      const char *host, struct dns_question *out,
                                      struct reason *why)
{
    const char *query = check_option(check, "query", 0);

    out->type = DNS_TYPE_A;
    if (query != NULL ? read_query(query, out)
                      : host != NULL && host[0] != '\0' && read_query(host, out))
        return ROLLCALL_OK;
    if (query == NULL) {
        reason_field(why, "query",
                     "query is missing, and the instance has no host name to ask for "
                     "instead; give a name and a type, like \"example.org A\"");
        return ROLLCALL_E_MISSING_FIELD;
    }
    reason_field(
        why, "query",
        "\"%.200s\" is not a question; give a name and a type, like \"example.org "
        "A\"",
        query);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status dns_question_read(const struct rollcall_check *check,
                                       const char *host, struct dns_question *out,
                                       struct reason *why)
{
    const char *rcodes = check_option(check, "expect_rcode", 0);
    const char *recursion = check_option(check, "recursion", 0);
    enum rollcall_status status = read_what(check, host, out, why);

    if (status != ROLLCALL_OK)
        return status;
    out->recursion = recursion == NULL || strcmp(recursion, "true") == 0;
    if (!read_rcodes(rcodes != NULL ? rcodes : "NOERROR", &out->rcodes)) {
        reason_field(why, "expect_rcode",
                     "\"%.80s\" is not a DNS status; give NOERROR, NXDOMAIN, REFUSED, … "
                     "or several with commas",
                     rcodes != NULL ? rcodes : "");
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

size_t dns_question_write(const struct dns_question *question, uint16_t id, uint8_t *out)
{
    return dns_message_ask(out, DNS_QUESTION_MAX, id, &question->name, question->type,
                           question->recursion, false);
}

/* One reply being judged. */
struct judging {
    const struct dns_question *question;
    const char *expected;
    struct dns_message message;
    unsigned records; /* of the type asked, in the answer */
    bool found;       /* the expected one is among them */
    char *detail;
    size_t size;
};

static enum check_outcome say(struct judging *judging, enum check_outcome outcome,
                              const char *words)
{
    snprintf(judging->detail, judging->size, "%s", words);
    return outcome;
}

static bool same_text(const char *one, const char *other)
{
    size_t length = strlen(one), others = strlen(other);

    length -= length > 1 && one[length - 1] == '.' ? 1 : 0;
    others -= others > 1 && other[others - 1] == '.' ? 1 : 0;
    return length == others && strncasecmp(one, other, length) == 0;
}

static void look_at(struct judging *judging, const struct dns_record *record)
{
    char text[RDATA_TEXT];

    if (record->section != 1 || record->class_ != DNS_CLASS_IN ||
        (record->type != judging->question->type &&
         judging->question->type != DNS_TYPE_ANY))
        return;
    judging->records++;
    if (!judging->found && judging->expected != NULL &&
        dns_message_rdata(&judging->message, record, text, sizeof text))
        judging->found = same_text(text, judging->expected);
}

static bool rcode_fits(const struct judging *judging)
{
    unsigned rcode = judging->message.rcode;

    return rcode < RCODES && (judging->question->rcodes >> rcode & 1) != 0;
}

static enum check_outcome judge_rcode(struct judging *judging)
{
    char got[RCODE_TEXT];
    char expected[160] = "";
    char word[RCODE_TEXT];

    dns_rcode_print(judging->message.rcode, got, sizeof got);
    for (unsigned rcode = 0; rcode < RCODES; rcode++) {
        size_t used = strlen(expected);
        if ((judging->question->rcodes >> rcode & 1) == 0)
            continue;
        dns_rcode_print(rcode, word, sizeof word);
        snprintf(expected + used, sizeof expected - used, "%s%s", used > 0 ? " or " : "",
                 word);
    }
    snprintf(judging->detail, judging->size, "%s, expected %s", got, expected);
    return OUTCOME_WRONG_RCODE;
}

static enum check_outcome judge_answer(struct judging *judging)
{
    char type[RCODE_TEXT];
    char rcode[RCODE_TEXT];
    bool any = judging->expected != NULL && strcmp(judging->expected, "any") == 0;

    dns_type_print(judging->question->type, type, sizeof type);
    dns_rcode_print(judging->message.rcode, rcode, sizeof rcode);
    snprintf(judging->detail, judging->size, "%s, %u %s record%s", rcode,
             judging->records, type, judging->records == 1 ? "" : "s");
    if (judging->expected == NULL || judging->found || (any && judging->records > 0))
        return OUTCOME_PASSED;
    if (!any && judging->records > 0)
        snprintf(judging->detail, judging->size,
                 "none of its %u %s records is \"%.100s\"", judging->records, type,
                 judging->expected);
    return OUTCOME_NO_ANSWER;
}

static enum check_outcome judge(struct judging *judging)
{
    struct dns_record record;
    int more;

    if (judging->message.counts[0] == 0 && judging->message.rcode == DNS_RCODE_NOERROR)
        return say(judging, OUTCOME_MALFORMED, "its reply does not repeat the question");
    while ((more = dns_message_next(&judging->message, &record)) > 0)
        look_at(judging, &record);
    if (!rcode_fits(judging))
        return judge_rcode(judging);
    if (more < 0)
        return say(judging, OUTCOME_MALFORMED, "a record of its reply is broken");
    return judge_answer(judging);
}

/* NULL: the reply is to our question. */
static const char *difference(const struct judging *judging, const uint8_t *asked)
{
    const struct dns_message *message = &judging->message;
    const struct dns_name *name = &judging->question->name;

    if (message->id != bytes_get16(asked))
        return "a reply had another id than the question";
    if ((message->flags & DNS_FLAG_QR) == 0)
        return "what came back was a question";
    if (message->counts[0] == 0)
        return NULL; /* an error may leave it out */
    if (message->counts[0] != 1 || message->question_type != judging->question->type ||
        !dns_name_equal(message->question.wire, message->question.length, name->wire,
                        name->length))
        return "a reply was to another question";
    return NULL;
}

enum dns_reply_kind dns_reply_judge(const struct dns_question *question,
                                    const uint8_t *asked, size_t asked_length,
                                    const char *expected, bool tcp, const uint8_t *reply,
                                    size_t length, enum check_outcome *outcome,
                                    char *detail, size_t size)
{
    struct judging judging = {
        .question = question, .expected = expected, .detail = detail, .size = size
    };
    bool ours = length >= DNS_HEADER_SIZE && asked_length >= DNS_HEADER_SIZE &&
                memcmp(reply, asked, 2) == 0;

    detail[0] = '\0';
    if (!dns_message_open(&judging.message, reply, length)) {
        say(&judging, OUTCOME_MALFORMED,
            length < DNS_HEADER_SIZE ? "its reply is shorter than a header of DNS"
                                     : "the question in its reply cannot be read");
        *outcome = OUTCOME_MALFORMED;
        return ours || tcp ? DNS_REPLY_JUDGED : DNS_REPLY_FOREIGN;
    }
    const char *other = difference(&judging, asked);
    if (other != NULL) {
        *outcome = say(&judging, OUTCOME_MALFORMED, other);
        return tcp ? DNS_REPLY_JUDGED : DNS_REPLY_FOREIGN;
    }
    if (!tcp && (judging.message.flags & DNS_FLAG_TC) != 0)
        return DNS_REPLY_CUT;
    *outcome = judge(&judging);
    return DNS_REPLY_JUDGED;
}
