/* When the start warns of multicast DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/resolver_check.h"

#define DESKTOP "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n"

static bool warns(const char *nsswitch, char *apex, char *sentence, size_t size)
{
    struct config_zone zones[2] = { { .apex = (char[]){ "dc1.example." } },
                                    { .apex = apex } };
    const struct config config = { .zones = zones, .zone_count = 2 };

    return resolver_judge(nsswitch, &config, sentence, size);
}

static void multicast_before_dns_is_warned_of_with_the_way_out(void **state)
{
    char sentence[1200];

    (void)state;
    assert_true(warns(DESKTOP, (char[]){ "service.local." }, sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "mdns4_minimal [NOTFOUND=return]"));
    assert_non_null(strstr(sentence, "service.local."));
    assert_non_null(strstr(sentence, "rollcall doctor"));
    assert_non_null(
        strstr(sentence, "\"hosts: files dns mdns4_minimal [NOTFOUND=return]\""));
}

static void an_apex_outside_of_local_is_not_concerned(void **state)
{
    char sentence[1200];

    (void)state;
    assert_false(
        warns(DESKTOP, (char[]){ "service.internal." }, sentence, sizeof sentence));
}

static void a_server_without_multicast_is_not_concerned(void **state)
{
    char sentence[1200];

    (void)state;
    assert_false(warns("hosts: files dns\n", (char[]){ "service.local." }, sentence,
                       sizeof sentence));
    assert_false(warns("", (char[]){ "service.local." }, sentence, sizeof sentence));
    assert_false(warns("hosts: files dns mdns4_minimal [NOTFOUND=return]\n",
                       (char[]){ "service.local." }, sentence, sizeof sentence));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multicast_before_dns_is_warned_of_with_the_way_out),
        cmocka_unit_test(an_apex_outside_of_local_is_not_concerned),
        cmocka_unit_test(a_server_without_multicast_is_not_concerned),
    };
    return cmocka_run_group_tests_name("daemon/resolver_check", tests, NULL, NULL);
}
