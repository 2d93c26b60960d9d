/* Every instance of the services behind a question: in or out, by what the compiler and
 * the resolver told. */
#include <stdlib.h>
#include <string.h>

#include "answer/explaining.h"
#include "answer/layout.h"
#include "answer/settings.h"
#include "base/bytes.h"
#include "dns/wire.h"

static struct judged *judged_of(const struct explaining *now)
{
    return (void *)now->judged.data;
}

static size_t judged_count(const struct explaining *now)
{
    return now->judged.length / sizeof(struct judged);
}

static int by_id(const void *id, const void *judged)
{
    return strcmp(id, ((const struct judged *)judged)->entry->id);
}

/* Entries of a service are sorted by id. NULL: it is none of them. */
static struct judged *find(const struct explaining *now, const char *id)
{
    return judged_count(now) == 0 ? NULL
                                  : bsearch(id, now->judged.data, judged_count(now),
                                            sizeof(struct judged), by_id);
}

/* At a later name of a chain of aliases being in counts, whatever it was before. */
static void on_candidate(void *owner, const struct candidate *candidate)
{
    struct explaining *now = owner;
    struct judged *judged = find(now, candidate->entry->id);

    now->any_candidate = true;
    if (judged == NULL || (judged->decided && member_is_in(judged->reason)))
        return;
    judged->decided = true;
    judged->reason = candidate->reason;
}

/* Is this RR in the answer? With the TTL that it has there. */
static bool is_answered(const struct explaining *now, const uint8_t *rr, size_t length,
                        uint32_t *ttl)
{
    const struct answered *answered = (void *)now->answered.data;
    size_t count = now->answered.length / sizeof *answered;
    uint16_t type = bytes_get16(rr + 2);

    for (size_t i = 0; i < count; i++)
        if (answered[i].type == type && answered[i].length == length - ANSWER_RR_HEADER &&
            memcmp(answered[i].rdata, rr + ANSWER_RR_HEADER, answered[i].length) == 0) {
            *ttl = answered[i].ttl;
            return true;
        }
    return false;
}

static void on_record(void *owner, const char *id, const uint8_t *rr, size_t length)
{
    struct explaining *now = owner;
    struct judged *judged = find(now, id);
    uint32_t ttl;

    if (id[0] == '\0')
        now->is_virtual = true;
    if (judged == NULL)
        return;
    judged->gives = true;
    if (!is_answered(now, rr, length, &ttl))
        return;
    judged->in = true;
    judged->ttl = ttl;
}

static bool begin(struct explaining *now, const struct service *service)
{
    size_t size = service->count * sizeof(struct judged);

    now->is_virtual = false;
    now->judged.length = 0;
    if (!growing_hold(&now->judged, size + 1)) {
        now->failed = true;
        return false;
    }
    memset(now->judged.data, 0, size);
    for (uint32_t i = 0; i < service->count; i++)
        if (service->entries[i]->instance != NULL) {
            judged_of(now)[judged_count(now)].entry = service->entries[i];
            now->judged.length += sizeof(struct judged);
        }
    return true;
}

/* Names of single instances and of addresses. */
static bool take_told(struct explaining *now, const struct service *service)
{
    const struct told *told = (void *)now->told.data;
    size_t count = now->told.length / sizeof *told;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(told[i].is->service, service->name) != 0 ||
            strcmp(told[i].is->namespace_name, service->namespace_name) != 0)
            continue;
        struct judged *judged = find(now, told[i].is->id);
        if (judged == NULL)
            continue;
        any = judged->decided = judged->gives = true;
        judged->reason = MEMBER_NAMED;
        judged->in = now->reply.answers > told[i].before;
        judged->gives = judged->in || now->reply.truncated;
        if (judged->in)
            judged->ttl =
                ((const struct answered *)(void *)now->answered.data)[told[i].before].ttl;
    }
    return any;
}

/* The decision of the compiler, for one name. True: the service has that name. */
static bool ask_compiler(struct explaining *now, const struct answer_mark *mark,
                         const struct answer_zone *zone, const struct dns_name *name)
{
    const struct compile_listener listener = {
        .on_candidate = on_candidate,
        .on_record = on_record,
        .owner = now,
        .type = now->query.type,
    };
    bool any = false;

    for (struct answer_unit *unit = mark->units; unit != NULL; unit = unit->next) {
        bool stands;
        if (unit->zone != zone)
            continue;
        if (compile_explain(&now->answer->compiler, unit, mark->service, now->answer->now,
                            name, &listener, &stands) != ROLLCALL_OK)
            now->failed = true;
        any = any || stands;
    }
    return any;
}

static const struct answer_zone *zone_of(const struct explaining *now, unsigned number)
{
    const struct dns_name *name = &now->names[number];

    return answer_index_zone(&now->answer->index, name->wire, name->length);
}

/* An instance whose own name is asked for and is not there just now goes by its health.
 */
static enum member_reason reason_at_name(const struct answer_unit *unit,
                                         const struct entry *entry)
{
    const struct answer_settings settings =
        answer_settings_of(unit->zone->config, unit->said, entry->instance->is.service);

    return member_health(&settings.members, entry);
}

static const struct answer_unit *unit_in(const struct answer_mark *mark,
                                         const struct answer_zone *zone)
{
    const struct answer_unit *unit = mark->units;

    while (unit != NULL && (unit->zone != zone || unit->browse || unit->explains))
        unit = unit->next;
    return unit;
}

/* Why it is not at the name. */
static void judge_absent(const struct answer_mark *mark, const struct where *where,
                         struct judged *judged)
{
    const struct answer_unit *unit = unit_in(mark, where->zone);

    judged->reason = where_not(where, judged->entry);
    if (judged->reason != MEMBER_NOT_NAMED || unit == NULL || !unit->follows)
        return;
    enum member_reason reason = reason_at_name(unit, judged->entry);
    if (!member_is_in(reason))
        judged->reason = reason;
}

/* Handed out, and not in this answer: why. */
static void judge_missing(const struct explaining *now, struct judged *judged)
{
    const struct members_filter filter = { .type = now->query.type };

    if (now->is_virtual)
        judged->reason = MEMBER_VIRTUAL;
    else if (judged->gives)
        judged->reason =
            now->reply.truncated ? MEMBER_BEYOND_PACKET : MEMBER_BEYOND_LIMIT;
    else
        judged->reason = members_match_type(&filter, judged->entry, false);
    if (member_is_in(judged->reason))
        judged->reason = MEMBER_NO_RECORD;
}

static void judge(const struct explaining *now, const struct answer_mark *mark,
                  const struct where *where, struct judged *judged)
{
    if (!judged->decided)
        judge_absent(mark, where, judged);
    else if (member_is_in(judged->reason) && !judged->in)
        judge_missing(now, judged);
    judged->in = judged->in && member_is_in(judged->reason);
}

/* Who says how long the records of an instance may be kept. */
static const char *ttl_from(const struct answer_mark *mark,
                            const struct answer_zone *zone, const struct judged *judged)
{
    const struct rollcall_instance *is = &judged->entry->instance->is;
    const struct answer_unit *unit = unit_in(mark, zone);

    if (is->ttl != ROLLCALL_TTL_UNSET)
        return is->ttl == judged->ttl ? "instance" : "least";
    if (judged->reason == MEMBER_NAMED || unit == NULL)
        return "zone";
    const struct answer_settings settings =
        answer_settings_of(zone->config, unit->said, mark->service->name);
    if (settings.ttl != judged->ttl)
        return "least";
    return unit->said != NULL && unit->said->ttl != ROLLCALL_TTL_UNSET ? "service"
                                                                       : "zone";
}

/* Of a large service most are left out of a reply just because there are so many. */
static bool is_listed(const struct explaining *now, const struct judged *judged)
{
    if (now->out->instance_count >= EXPLAIN_LISTED)
        return false;
    return judged_count(now) <= EXPLAIN_LISTED ||
           (judged->reason != MEMBER_BEYOND_LIMIT &&
            judged->reason != MEMBER_BEYOND_PACKET);
}

static void list(struct explaining *now, const struct answer_mark *mark,
                 const struct answer_zone *zone, const struct judged *judged)
{
    struct explanation *out = now->out;
    struct explained_instance *row =
        is_listed(now, judged) ? explanation_instance(out) : NULL;
    char text[EXPLAIN_TEXT];

    out->total++;
    out->in += judged->in;
    if (row == NULL)
        return;
    explain_words(now, zone, judged, text, sizeof text);
    row->id = explanation_keep(out, judged->entry->id);
    row->service = explanation_keep(out, mark->service->name);
    row->namespace_name = explanation_keep(out, mark->service->namespace_name);
    row->label = explanation_keep(out, judged->entry->label);
    row->reason = member_reason_word(judged->reason);
    row->text = explanation_keep(out, text);
    row->in = judged->in;
    if (judged->in) {
        row->ttl = judged->ttl;
        row->ttl_from = ttl_from(mark, zone, judged);
    }
}

/* True: the service is behind the question. */
static bool explain_service(struct explaining *now, const struct answer_mark *mark,
                            bool elsewhere)
{
    const struct answer_zone *of = zone_of(now, 0);
    bool behind = false, told;
    struct where where;

    if (!begin(now, mark->service))
        return false;
    told = take_told(now, mark->service);
    for (unsigned i = 0; i < now->name_count; i++) {
        const struct answer_zone *zone = zone_of(now, i);
        const struct dns_name *name = &now->names[i];
        if (zone == NULL || !where_mentions(zone, mark->service, name))
            continue;
        bool here = ask_compiler(now, mark, zone, name) ||
                    (elsewhere ? where_behind_elsewhere(zone, mark->service, name)
                               : where_behind(zone, mark->service, name));
        of = here && !behind ? zone : of;
        behind = behind || here;
    }
    if (behind || told)
        where_read(of, mark->service, &now->names[0], &where);
    for (size_t i = 0; (behind || told) && i < judged_count(now); i++) {
        struct judged *judged = &judged_of(now)[i];
        if (!behind && !judged->decided)
            continue;
        judge(now, mark, &where, judged);
        list(now, mark, of, judged);
    }
    return behind || told;
}

static bool explain_all(struct explaining *now, bool elsewhere)
{
    struct list *marks = &now->answer->marks;
    bool any = false;

    for (struct list *node = marks->next; node != marks; node = node->next)
        if (explain_service(now, list_entry(node, struct answer_mark, all), elsewhere))
            any = true;
    return any;
}

void explain_services(struct explaining *now)
{
    if (now->question->refused || zone_of(now, 0) == NULL)
        return;
    if (!explain_all(now, false))
        explain_all(now, true);
}
