/* loop/curl_library.h - libcurl, loaded when it is first needed. Inside loop only.
 * Threads  the thread of the loop.
 */
#ifndef LOOP_CURL_LIBRARY_H
#define LOOP_CURL_LIBRARY_H

#include <stdbool.h>

/* Without this curl.h hides the functions behind macros, which cannot be members. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#include "base/reason.h"

#define CURL_FUNCTION_LIST(X)                                                            \
    X(curl_global_init)                                                                  \
    X(curl_version_info)                                                                 \
    X(curl_easy_init)                                                                    \
    X(curl_easy_setopt)                                                                  \
    X(curl_easy_getinfo)                                                                 \
    X(curl_easy_strerror)                                                                \
    X(curl_easy_cleanup)                                                                 \
    X(curl_slist_append)                                                                 \
    X(curl_slist_free_all)                                                               \
    X(curl_multi_init)                                                                   \
    X(curl_multi_setopt)                                                                 \
    X(curl_multi_assign)                                                                 \
    X(curl_multi_add_handle)                                                             \
    X(curl_multi_remove_handle)                                                          \
    X(curl_multi_socket_action)                                                          \
    X(curl_multi_info_read)                                                              \
    X(curl_multi_cleanup)

/* Every member is called as the function of its name. */
struct curl_library {
#define X(name) __typeof__(&name) name;
    CURL_FUNCTION_LIST(X)
#undef X
};

/* Load and prepare it. It stays for the life of the process: OpenSSL and resolver threads
 * have no way back. */
bool curl_library_load(struct curl_library *library, struct reason *why);

#endif
