/* model/explanation.h - what DNS answers to a question, and why, as plain values.
 *
 * The answer room fills it, the registration socket writes it down.
 * Times    wall ms. Owned  everything in it, by the explanation.
 * Threads  one owner at a time.
 */
#ifndef MODEL_EXPLANATION_H
#define MODEL_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

/* Instances of one explanation. Of a larger service all are counted and not all listed:
 * those come first that are in, or out for a reason of their own. */
enum { EXPLAIN_LISTED = 1000 };

/* What is asked, as people write it. All borrowed. */
struct explanation_question {
    const char *name;   /* whole, with or without its final dot */
    const char *type;   /* "A"; NULL: that */
    const char *client; /* an address; NULL: nobody in particular */
    bool refused;       /* dns.allow_query does not let the client ask */
    bool tcp;
    int64_t wall; /* what time it is */
};

struct explained_record {
    const char *name;
    const char *type;
    const char *data; /* as in a zone file */
    uint32_t ttl;     /* seconds */
};

struct explained_instance {
    const char *id;
    const char *service;
    const char *namespace_name;
    const char *label;    /* NULL: none */
    const char *reason;   /* "healthy", "draining", ...: stable words */
    const char *text;     /* the reason in a sentence */
    const char *ttl_from; /* "instance", "service" or "zone"; NULL: not in */
    uint32_t ttl;         /* seconds; of its records in the answer */
    bool in;              /* the answer has a record of it */
};

struct explanation {
    const char *name; /* lower case, with its final dot */
    const char *type;
    const char *zone;    /* apex; NULL: none of ours */
    const char *layout;  /* of the zone; NULL as above */
    const char *rcode;   /* "NOERROR" */
    const char *verdict; /* one line that says it all */
    const char *note;    /* extended error text; NULL: none */
    bool truncated;
    uint32_t in;                      /* how many instances are */
    uint32_t total;                   /* that are behind the name */
    struct explained_record *records; /* of the answer section */
    struct explained_instance *instances;
    size_t record_count, record_room;
    size_t instance_count, instance_room;
    uint8_t *message; /* the reply: header, question and sections, without OPT */
    size_t message_length;
    struct explanation_text *texts;
    bool failed; /* memory was short */
};

/* NULL: no memory. */
struct explanation *explanation_create(void);
void explanation_destroy(struct explanation *explanation); /* NULL is allowed */

/* A copy that lives as long as the explanation; NULL for NULL, and without memory. */
const char *explanation_keep(struct explanation *explanation, const char *text);
/* One more, all zero; NULL: no memory. Moves those before. */
struct explained_record *explanation_record(struct explanation *explanation);
struct explained_instance *explanation_instance(struct explanation *explanation);

/* Who can explain: for intake, which does not know the answer room. `*out` is owned. */
typedef enum rollcall_status (*explanation_maker)(
    void *owner, const struct explanation_question *question, struct explanation **out,
    struct reason *why);

#endif
