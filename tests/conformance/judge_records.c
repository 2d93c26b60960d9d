#include "conformance/judge_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const section_words[] = { "answer", "authority", "additional" };

enum { SOA_SERIAL = 2 };

/* Any serial will do: it is made 0 on both sides. */
static void forget_serial(ldns_rr *rr)
{
    if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA)
        return;
    ldns_rdf *zero = ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, 0);
    ldns_rdf_deep_free(ldns_rr_set_rdf(rr, zero, SOA_SERIAL));
}

/* A record of the case as ldns would print it; NULL: it is none. The caller frees. */
static char *wanted_text(const struct trial *trial, const char *record, bool *any_serial)
{
    char line[2048];
    bool asked = record[0] == '@' && (record[1] == ' ' || record[1] == '\t');
    ldns_rr *rr = NULL;
    char *text = NULL;

    snprintf(line, sizeof line, "%s%s", asked ? trial->name : "",
             record + (asked ? 1 : 0));
    char *star = strstr(line, " * ");
    *any_serial = star != NULL;
    if (star != NULL)
        star[1] = '0';
    ldns_rdf *origin = ldns_dname_new_frm_str(trial->file->zone);
    if (ldns_rr_new_frm_str(&rr, line, 0, origin, NULL) == LDNS_STATUS_OK)
        text = ldns_rr2str(rr);
    ldns_rr_free(rr);
    ldns_rdf_deep_free(origin);
    return text;
}

static bool judge_record(const struct trial *trial, const char *record, ldns_rr *found,
                         const char *where, struct reason *why)
{
    bool any_serial = false;
    char *wanted = wanted_text(trial, record, &any_serial);

    if (any_serial)
        forget_serial(found);
    char *text = ldns_rr2str(found);
    bool good = wanted != NULL && text != NULL && strcmp(wanted, text) == 0;
    if (wanted == NULL)
        reason_set(why, "the case is wrong: '%s' is no record", record);
    else if (!good)
        reason_set(why, "%s has %.150s, not %.150s", where, text == NULL ? "" : text,
                   wanted);
    free(wanted);
    free(text);
    return good;
}

bool judge_records(const struct trial *trial, enum case_section section,
                   ldns_rr_list *found, struct reason *why)
{
    const struct case_records *wanted = &trial->block->reply.sections[section];
    size_t count = ldns_rr_list_rr_count(found);
    size_t expected = wanted->exact >= 0 ? (size_t)wanted->exact : wanted->count;

    if (wanted->any)
        return true;
    if (count != expected) {
        reason_set(why, "%zu records in %s, not %zu", count, section_words[section],
                   expected);
        return false;
    }
    for (unsigned i = 0; i < wanted->count && i < count; i++)
        if (!judge_record(trial, wanted->records[i], ldns_rr_list_rr(found, i),
                          section_words[section], why))
            return false;
    return true;
}
