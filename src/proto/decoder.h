/* proto/decoder.h - the scratch memory of a decoder, for the files of this room.
 *
 * Arrays are as long as the model allows an instance to be, so decoding one allocates
 * nothing but the parsed text.
 * Threads  one owner at a time.
 */
#ifndef PROTO_DECODER_H
#define PROTO_DECODER_H

#include "model/validate.h"
#include "proto/decode.h"
#include "proto/json.h"

enum {
    DECODER_OPTIONS_MAX = 1024, /* of all checks of an instance together */
    /* Every text of a line may be written twice (folded, and with its prefix). */
    DECODER_TEXT_SIZE = 4 * PROTO_LINE_MAX
};

/* What is read of an instance, besides the arrays it points to. */
struct instance_draft {
    struct rollcall_instance is;
    bool has_status;
    bool has_address;
    bool has_addresses;
    bool has_if_revision;
    uint64_t if_revision;
    /* As shown by the daemon, lenient decoding only. */
    uint64_t revision;
    enum rollcall_health health;
    const char *state;
    const char *label;
    int64_t created;
    uint32_t owner;
    bool has_standing;
    struct rollcall_standing standing;
};

struct decoder {
    const struct check_schema *const *schemas; /* borrowed; NULL: any kind goes */
    json_t *root;                              /* owned; the line that is decoded */
    struct request *request;                   /* borrowed, during request_decode() */
    bool lenient;                              /* skip unknown members */
    struct rollcall_address from;              /* family 0: see decoder_from() */
    size_t text_used;
    unsigned option_count;
    struct instance_draft draft;
    struct rollcall_address addresses[MODEL_ADDRESSES_MAX];
    struct rollcall_port ports[MODEL_PORTS_MAX];
    const char *tags[MODEL_TAGS_MAX];
    struct rollcall_pair meta[MODEL_META_MAX];
    struct rollcall_check checks[MODEL_CHECKS_MAX];
    struct check_view check_views[MODEL_CHECKS_MAX];
    struct rollcall_pair options[DECODER_OPTIONS_MAX];
    char text[DECODER_TEXT_SIZE];
};

/* Room for `size` bytes of text; NULL when the scratch is full. */
char *decoder_text(struct decoder *decoder, size_t size);
/* `text` in lower case, itself where it is that already; NULL when the scratch is full.
 */
const char *decoder_fold(struct decoder *decoder, const char *text);
/* A copy of `text`; NULL when the scratch is full. */
const char *decoder_keep(struct decoder *decoder, const char *text);
/* Numbers that no C type holds are echoed as written: kept in the scratch, and hidden in
 * `line` from the parser, which would refuse them. */
enum rollcall_status decoder_keep_seq(struct decoder *decoder, char *line,
                                      struct proto_seq *seq, struct reason *why);
/* Forget the texts and arrays of the last instance. */
void decoder_clear(struct decoder *decoder);

/* The members that an operation has, with offsets into struct request; of one that
 * carries an instance those that stand beside it, with offsets into the draft. */
const struct json_field *request_fields(enum proto_op op);

/* The members of `object` to a complete instance in decoder->draft; validated unless the
 * decoder is lenient. `outer` are more rows, with offsets into the draft, that may stand
 * in the same object. */
enum rollcall_status decode_instance(struct decoder *decoder, const json_t *object,
                                     const struct json_field *outer, struct reason *why);

/* A json_decode: the list of checks into the decoder's draft. */
enum rollcall_status decode_checks(struct decoder *decoder,
                                   const struct json_field *field, json_t *value,
                                   void *into, struct reason *why);

/* One member of a check that is the business of its kind: appended to decoder->options.
 * `schema` NULL takes any, by the shape of the value. E_UNKNOWN_FIELD leaves the dotted
 * name in `why`. */
enum rollcall_status decode_option(struct decoder *decoder,
                                   const struct check_schema *schema, const char *key,
                                   json_t *value, struct reason *why);

#endif
