/* config/option.h - one table of options reads, checks, shows and documents.
 *
 * A row says where in a struct its value lies, what is allowed, and what it means. A
 * type of value is a struct of functions (option_types.c); a section, a list of sections
 * and a map are values too (option.c).
 * Threads  control.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "config/fault.h"
#include "config/yaml_reader.h"
#include "rollcall/status.h"

struct option;

/* What reading needs besides the table. */
struct option_reader {
    struct faults *faults;      /* borrowed */
    const char *file_folder;    /* borrowed: where relative paths of the file begin */
    const char *working_folder; /* borrowed: the same for those of a --set */
};

enum option_parsed { OPTION_GOOD, OPTION_BAD, OPTION_NO_MEMORY };

/* One type of scalar value. */
struct option_type {
    const char *name; /* for the reference page: "duration" */
    size_t size;      /* bytes of one value in the struct */
    /* Text to value. `folder` is the one of the text's source. */
    enum option_parsed (*parse)(const struct option *option, const char *text,
                                const char *folder, void *value);
    /* Value to text that parses to the same; false: there is nothing to print. */
    bool (*print)(const struct option *option, const void *value, struct buffer *out);
    /* What may be written: "a number from 1 to 256". */
    void (*allowed)(const struct option *option, struct buffer *out);
    void (*release)(void *value); /* frees what parse made; NULL: nothing */
};

/* What a service leaves to its zone is this number, in the types with "_zone". */
#define OPTION_AS_ZONE UINT32_MAX

extern const struct option_type option_bool;       /* bool */
extern const struct option_type option_count;      /* uint32_t in [min, max] */
extern const struct option_type option_threads;    /* the same, or "auto" */
extern const struct option_type option_big;        /* uint64_t in [min, max] */
extern const struct option_type option_duration;   /* uint64_t ms in [min, max] */
extern const struct option_type option_ttl;        /* uint32_t s: "5", "5s", "1h" */
extern const struct option_type option_ttl_zone;   /* the same, or "zone": unset */
extern const struct option_type option_count_zone; /* option_count, or "zone" */
extern const struct option_type option_share;      /* uint32_t thousandths: "0.5" */
extern const struct option_type option_share_zone; /* the same, or "zone" */
extern const struct option_type option_text;       /* char *, length in [min, max] */
extern const struct option_type option_url;        /* char *, shown without its path */
extern const struct option_type option_argument;   /* char *, any text */
extern const struct option_type option_path;       /* char *, made absolute */
extern const struct option_type option_word;       /* enum: place in `words` */
extern const struct option_type option_choice;     /* char *, one of `words` */
extern const struct option_type option_label_or_none;
extern const struct option_type option_label;    /* char *, DNS label, lower case */
extern const struct option_type option_name;     /* char *, DNS name, final dot */
extern const struct option_type option_relative; /* char *, as written, lower case */
extern const struct option_type option_mail;     /* char *, as SOA has it, lower case */
extern const struct option_type option_mode;     /* char *, octal file mode */
extern const struct option_type option_address;  /* struct address, with port */
extern const struct option_type option_ip;       /* struct rollcall_address */
extern const struct option_type option_network;  /* struct network */
extern const struct option_type option_octets;   /* char *, text or 0x and hex */
extern const struct option_type option_secret;   /* char *, 32 hex digits or none */

/* `print` and `release` of every type whose value is one owned char *; NULL: unset. */
bool option_text_print(const struct option *option, const void *value,
                       struct buffer *out);
void option_text_release(void *value);

enum option_shape {
    OPTION_VALUE,    /* one value of `type` */
    OPTION_LIST,     /* list of values of `type`: array and count */
    OPTION_MAP,      /* texts by key: array of struct rollcall_pair, sorted; count */
    OPTION_SECTION,  /* more rows, in a struct inside */
    OPTION_SECTIONS, /* list of sections: array of structs, count */
};

/* One key of one section. A table ends with an empty row. */
struct option {
    const char *key;
    enum option_shape shape;
    const struct option_type *type; /* VALUE, LIST */
    size_t offset;                  /* of the field it fills */
    size_t count_offset;            /* of the uint32_t count: LIST, MAP, SECTIONS */
    int64_t min, max;               /* of the value; for MAP and SECTIONS: of the count */
    const char *fallback; /* YAML, as a person would write it; NULL: see required */
    /* Where the fallback is not a constant: writes it; `fallback` describes it then. */
    void (*computed)(char *out, size_t size);
    bool secret;               /* MAP: its values are never shown */
    bool required;             /* no fallback, must be given */
    bool live;                 /* a reload takes it; else it takes a restart */
    const char *const *words;  /* WORD, CHOICE: ends with NULL */
    const struct option *rows; /* SECTION, SECTIONS */
    size_t rows_size;          /* bytes of one struct of SECTIONS */
    size_t line_offset;        /* SECTIONS: of the unsigned line in that struct */
    const char *help;          /* one sentence, with its unit */
};

/* Where the value of `row` lies in `base`, and the count beside it. */
static inline void *option_field(const struct option *row, void *base)
{
    return (char *)base + row->offset;
}

static inline uint32_t *option_count_of(const struct option *row, void *base)
{
    return (uint32_t *)(void *)((char *)base + row->count_offset);
}

#define OPTION_KEY_TEXT 192 /* enough for any key of the tables, printed */

/* "dns" and "workers" make "dns.workers". `out` of OPTION_KEY_TEXT. */
void option_key(const char *prefix, const char *key, char *out);

/* Fill `base` from the map `node` (NULL: from the fallbacks alone). Every fault is noted;
 * what could not be read stays empty. `prefix` is the key of the section ("dns", ""). */
void options_read(const struct option *rows, const struct yaml *node,
                  const struct option_reader *reader, const char *prefix, void *base);
/* Free what options_read() made, and clear the pointers. */
void options_release(const struct option *rows, void *base);

/* The row of `key`; NULL when there is none. */
const struct option *option_find(const struct option *rows, const char *key);
/* The key that `key` in `rows` was probably meant to be ("workers", or "dns.workers" of a
 * section below), in `out` of OPTION_KEY_TEXT; false when none is near. */
bool option_suggest(const struct option *rows, const char *key, char *out);

#endif
