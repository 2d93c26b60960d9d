#include "loop/curl_library.h"

#include <dlfcn.h>
#include <string.h>

bool curl_library_load(struct curl_library *library, struct reason *why)
{
    const struct {
        const char *name;
        void *member;
    } functions[] = {
#define X(name) { #name, &library->name },
        CURL_FUNCTION_LIST(X)
#undef X
    };

    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        reason_set(why, "libcurl cannot be loaded (install the package libcurl4): %s",
                   dlerror());
        return false;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (function == NULL) {
            reason_set(why, "this libcurl is too old: it has no %s()", functions[i].name);
            return false;
        }
        /* ISO C has no conversion from data to function pointers; POSIX has the bytes. */
        memcpy(functions[i].member, &function, sizeof function);
    }
    CURLcode error = library->curl_global_init(CURL_GLOBAL_DEFAULT);
    if (error != CURLE_OK)
        reason_set(why, "libcurl cannot start: %s", library->curl_easy_strerror(error));
    return error == CURLE_OK;
}
