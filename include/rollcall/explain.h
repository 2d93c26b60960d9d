/* rollcall/explain.h - what DNS answers, and for every instance in or out and why.
 *
 *     rollcall_explain(client, &question, &explained, &error);
 *     puts(explained.verdict);
 *     for (size_t i = 0; rollcall_explained_instance(client, i, &row); i++)
 *         printf("%s %s: %s\n", row.in ? "in" : "out", row.id, row.text);
 *
 * Everything else is as in rollcall/client.h.
 * Threads   one thread at a time for one client.
 */
#ifndef ROLLCALL_EXPLAIN_H
#define ROLLCALL_EXPLAIN_H

#include "rollcall/client.h"

struct rollcall_explain {
    const char *name;   /* whole: "web.service.local" */
    const char *type;   /* NULL: "A" */
    const char *client; /* the address that would ask; NULL: nobody in particular */
    bool tcp;
    int64_t at; /* wall ms: as it was then; 0: now */
};

struct rollcall_explained {
    const char *name;
    const char *type;
    const char *verdict; /* one line that says it all */
    const char *zone;    /* NULL: none of the server's */
    const char *rcode;   /* "NOERROR" */
    const char *note;    /* NULL: none */
    bool truncated;
    size_t in;    /* instances in the answer */
    size_t total; /* behind the name */
    size_t records;
    size_t instances; /* listed, at most 1,000 */
};

struct rollcall_explained_record {
    const char *name;
    const char *type;
    const char *data;
    uint32_t ttl; /* seconds */
};

struct rollcall_explained_instance {
    const char *id;
    const char *service;
    const char *namespace_name;
    const char *label;    /* NULL: none */
    const char *reason;   /* "healthy", "wrong tag", …: stable words */
    const char *text;     /* the same in a sentence */
    const char *ttl_from; /* "instance", "service", "zone", "least"; NULL: it is out */
    uint32_t ttl;         /* seconds */
    bool in;
};

ROLLCALL_API enum rollcall_status rollcall_explain(
    struct rollcall_client *client, const struct rollcall_explain *question,
    struct rollcall_explained *out, struct rollcall_error *error);
/* Number `index` of the last explanation; false at the end. */
ROLLCALL_API bool rollcall_explained_record(const struct rollcall_client *client,
                                            size_t index,
                                            struct rollcall_explained_record *out);
ROLLCALL_API bool rollcall_explained_instance(const struct rollcall_client *client,
                                              size_t index,
                                              struct rollcall_explained_instance *out);

#endif
