#include "answer/explain.h"

#include <stdlib.h>
#include <string.h>

#include "answer/explaining.h"
#include "answer/layout.h"
#include "answer/reader.h"
#include "answer/resolve.h"
#include "base/bytes.h"
#include "base/thread_role.h"
#include "dns/message.h"
#include "dns/types.h"
#include "dns/wire.h"

enum { QUESTION_TAIL = 4, RDATA_TEXT = 8192 };

static void on_instance(struct witness *witness, const struct rollcall_instance *is,
                        unsigned answers)
{
    struct explaining *now = (struct explaining *)(void *)witness;
    const struct told told = { is, answers };
    size_t at = now->told.length;

    if (!growing_hold(&now->told, at + sizeof told)) {
        now->failed = true;
        return;
    }
    memcpy(now->told.data + at, &told, sizeof told);
    now->told.length += sizeof told;
}

static void on_name(struct witness *witness, const uint8_t *name, size_t length)
{
    struct explaining *now = (struct explaining *)(void *)witness;

    if (now->name_count == EXPLAIN_NAMES)
        return;
    struct dns_name *next = &now->names[now->name_count++];
    memcpy(next->wire, name, length);
    next->length = (uint8_t)length;
}

static enum rollcall_status read_question(struct explaining *now, struct reason *why)
{
    const struct explanation_question *question = now->question;
    const char *type = question->type != NULL ? question->type : "A";
    struct dns_name *name = &now->names[0];

    if (!dns_name_parse(question->name, name)) {
        reason_field(why, "name",
                     "name: '%.300s' is no domain name: labels of 1 to 63 octets with "
                     "dots between them, 253 together",
                     question->name);
        return ROLLCALL_E_INVALID;
    }
    if (!dns_type_parse(type, &now->query.type)) {
        reason_field(why, "type",
                     "type: '%.40s' is no record type; A, AAAA, SRV, TXT and TYPE65280 "
                     "are examples",
                     type);
        return ROLLCALL_E_INVALID;
    }
    dns_name_lower(name->wire, name->length, name->wire);
    now->name_count = 1;
    memcpy(now->query.name, name->wire, name->length);
    now->query.name_length = name->length;
    now->query.class_ = DNS_CLASS_IN;
    now->query.question_end = (uint16_t)(DNS_HEADER_SIZE + name->length + QUESTION_TAIL);
    return ROLLCALL_OK;
}

/* As a worker begins: behind the question, with room for the OPT. */
static enum rollcall_status begin_reply(struct explaining *now)
{
    uint8_t *message = malloc(DNS_MESSAGE_MAX + 1);
    const struct dns_name *name = &now->names[0];
    size_t room = now->question->tcp ? DNS_MESSAGE_MAX : now->answer->config->dns.udp_max;

    if (message == NULL)
        return ROLLCALL_E_NOMEM;
    memset(message, 0, DNS_HEADER_SIZE);
    memcpy(message + DNS_HEADER_SIZE, name->wire, name->length);
    bytes_put16(message + DNS_HEADER_SIZE + name->length, now->query.type);
    bytes_put16(message + DNS_HEADER_SIZE + name->length + 2, DNS_CLASS_IN);
    now->out->message = message;
    now->reply = (struct reply){ .message = message,
                                 .witness = &now->witness,
                                 .at = now->query.question_end,
                                 .limit = (room < 512 ? 512 : room) - DNS_OPT_SIZE,
                                 .tcp = now->question->tcp };
    return ROLLCALL_OK;
}

static void put_header(struct explaining *now)
{
    const struct reply *reply = &now->reply;
    uint8_t *message = now->out->message;
    unsigned flags = DNS_FLAG_QR | (now->rcode & 15);

    if (now->rcode != DNS_RCODE_REFUSED && now->rcode != DNS_RCODE_SERVFAIL &&
        !reply->referral)
        flags |= DNS_FLAG_AA;
    if (reply->truncated)
        flags |= DNS_FLAG_TC;
    bytes_put16(message + 2, (uint16_t)flags);
    bytes_put16(message + 4, 1);
    bytes_put16(message + 6, reply->answers);
    bytes_put16(message + 8, reply->authority);
    bytes_put16(message + 10, reply->additional);
    now->out->message_length = reply->at;
}

static void list_record(struct explaining *now, struct dns_message *message,
                        const struct dns_record *record, char *text)
{
    struct explanation *out = now->out;
    struct explained_record *row = explanation_record(out);
    const struct answered answered = { message->bytes + record->rdata,
                                       record->rdata_length, record->type, record->ttl };
    char type[16];

    if (row == NULL ||
        !growing_hold(&now->answered, now->answered.length + sizeof answered)) {
        now->failed = true;
        return;
    }
    memcpy(now->answered.data + now->answered.length, &answered, sizeof answered);
    now->answered.length += sizeof answered;
    row->ttl = record->ttl;
    dns_type_print(record->type, type, sizeof type);
    row->type = explanation_keep(out, type);
    dns_name_print(record->owner.wire, record->owner.length, text, RDATA_TEXT);
    row->name = explanation_keep(out, text);
    if (!dns_message_rdata(message, record, text, RDATA_TEXT))
        text[0] = '\0';
    row->data = explanation_keep(out, text);
}

static void list_records(struct explaining *now)
{
    struct dns_message message;
    struct dns_record record;
    char *text = malloc(RDATA_TEXT);

    if (text == NULL)
        now->failed = true;
    else if (dns_message_open(&message, now->out->message, now->out->message_length))
        while (!now->failed && dns_message_next(&message, &record) == 1)
            if (record.section == 1)
                list_record(now, &message, &record, text);
    free(text);
}

static void describe(struct explaining *now)
{
    struct explanation *out = now->out;
    const struct dns_name *name = &now->names[0];
    const struct answer_zone *zone =
        answer_index_zone(&now->answer->index, name->wire, name->length);
    char text[DNS_NAME_TEXT];

    dns_name_print(name->wire, name->length, text, sizeof text);
    out->name = explanation_keep(out, text);
    dns_type_print(now->query.type, text, sizeof text);
    out->type = explanation_keep(out, text);
    dns_rcode_print(now->rcode, text, sizeof text);
    out->rcode = explanation_keep(out, text);
    if (zone != NULL) {
        dns_name_print(zone->apex.wire, zone->apex.length, text, sizeof text);
        out->zone = explanation_keep(out, text);
        out->layout = explanation_keep(out, layout_of(zone)->word);
    }
    if (now->reply.note != NULL)
        out->note = explanation_keep(out, now->reply.note->text);
    out->truncated = now->reply.truncated;
}

static void explain(struct explaining *now)
{
    char text[EXPLAIN_TEXT];

    if (now->question->refused)
        now->rcode = DNS_RCODE_REFUSED;
    else
        now->rcode = answer_resolve(&now->answer->index, &now->query, &now->reply);
    put_header(now);
    list_records(now);
    describe(now);
    explain_services(now);
    explain_verdict(now, text, sizeof text);
    now->out->verdict = explanation_keep(now->out, text);
}

enum rollcall_status answer_explain(void *answer,
                                    const struct explanation_question *question,
                                    struct explanation **out, struct reason *why)
{
    struct explaining now = { .witness = { on_instance, on_name },
                              .answer = answer,
                              .question = question,
                              .out = explanation_create() };
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    thread_role_assert(ROLE_CONTROL);
    if (now.out != NULL)
        status = read_question(&now, why);
    if (status == ROLLCALL_OK)
        status = begin_reply(&now);
    if (status == ROLLCALL_OK) {
        answer_flush(answer);
        answer_reader_online();
        explain(&now);
        answer_reader_offline();
        if (now.failed || now.out->failed)
            status = ROLLCALL_E_NOMEM;
    }
    free(now.told.data);
    free(now.answered.data);
    free(now.judged.data);
    if (status == ROLLCALL_OK) {
        *out = now.out;
        return status;
    }
    if (status == ROLLCALL_E_NOMEM)
        reason_set(why, "no memory for the explanation");
    explanation_destroy(now.out);
    return status;
}
