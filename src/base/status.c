#include "rollcall/status.h"

const char *rollcall_status_word(enum rollcall_status status)
{
    switch (status) {
#define X(name, code, word, text)                                                        \
    case ROLLCALL_##name:                                                                \
        return word;
        ROLLCALL_STATUS_LIST(X)
#undef X
    }
    return "internal";
}

const char *rollcall_status_text(enum rollcall_status status)
{
    switch (status) {
#define X(name, code, word, text)                                                        \
    case ROLLCALL_##name:                                                                \
        return text;
        ROLLCALL_STATUS_LIST(X)
#undef X
    }
    return "an unknown status";
}
