/* health/dns_question.h: the options of a DNS check, and what replies say to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dns/wire.h"
#include "health/dns_question.h"

/* web.test A 192.0.2.1; its header is put before it. */
#define QUESTION "\x03web\x04test\0\0\x01\0\x01"
#define RECORD   "\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\xc0\0\x02\x01"

static struct rollcall_pair options[4];
static struct rollcall_check check = { .options = options };

static enum rollcall_status read(struct dns_question *out, const char *host,
                                 struct reason *why)
{
    return dns_question_read(&check, host, out, why);
}

static void set(unsigned count, ...)
{
    va_list list;

    va_start(list, count);
    for (unsigned i = 0; i < count; i++) {
        options[i].key = va_arg(list, const char *);
        options[i].value = va_arg(list, const char *);
    }
    va_end(list);
    check.option_count = (uint16_t)count;
}

static void a_query_has_a_name_and_a_type(void **state)
{
    struct dns_question question = { 0 };

    (void)state;
    set(1, "query", "web.test AAAA");
    assert_int_equal(read(&question, "", NULL), ROLLCALL_OK);
    assert_int_equal(question.type, DNS_TYPE_AAAA);
    assert_memory_equal(question.name.wire, "\x03web\x04test", 10);
    assert_true(question.recursion);
    assert_int_equal(question.rcodes, 1);
}

static void without_a_query_the_host_name_is_asked_for(void **state)
{
    struct dns_question question = { 0 };
    struct reason why = REASON_NONE;

    (void)state;
    set(0);
    assert_int_equal(read(&question, "web.test", NULL), ROLLCALL_OK);
    assert_int_equal(question.type, DNS_TYPE_A);
    assert_int_equal(read(&question, "", &why), ROLLCALL_E_MISSING_FIELD);
    assert_string_equal(why.field, "query");
}

static void what_is_no_question_is_refused(void **state)
{
    static const char *const bad[] = { "web..test", "web.test BOGUS", " A",
                                       "web.test OPT" };
    struct dns_question question = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct reason why = REASON_NONE;
        set(1, "query", bad[i]);
        assert_int_equal(read(&question, "", &why), ROLLCALL_E_INVALID);
        assert_string_equal(why.field, "query");
    }
}

static void rcodes_are_words(void **state)
{
    struct dns_question question = { 0 };
    struct reason why = REASON_NONE;

    (void)state;
    set(3, "query", "web.test", "expect_rcode", "noerror, NXDOMAIN", "recursion",
        "false");
    assert_int_equal(read(&question, "", NULL), ROLLCALL_OK);
    assert_int_equal(question.rcodes, 1 | 1 << DNS_RCODE_NXDOMAIN);
    assert_false(question.recursion);
    set(2, "query", "web.test", "expect_rcode", "FINE");
    assert_int_equal(read(&question, "", &why), ROLLCALL_E_INVALID);
    assert_string_equal(why.field, "expect_rcode");
}

/* --- Replies. */

struct judged {
    enum dns_reply_kind kind;
    enum check_outcome outcome;
    char detail[120];
};

#define JUDGE(reply, expected, tcp) judge(reply, sizeof(reply) - 1, expected, tcp)

static struct judged judge(const char *reply, size_t length, const char *expected,
                           bool tcp)
{
    struct dns_question question = { 0 };
    struct judged judged = { .outcome = OUTCOME_NONE };
    uint8_t asked[DNS_QUESTION_MAX];

    set(1, "query", "web.test");
    assert_int_equal(read(&question, "", NULL), ROLLCALL_OK);
    size_t asked_length = dns_question_write(&question, 0x1234, asked);
    judged.kind = dns_reply_judge(&question, asked, asked_length, expected, tcp,
                                  (const uint8_t *)reply, length, &judged.outcome,
                                  judged.detail, sizeof judged.detail);
    return judged;
}

static void an_answer_passes(void **state)
{
    struct judged judged =
        JUDGE("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION RECORD, NULL, false);

    (void)state;
    assert_int_equal(judged.kind, DNS_REPLY_JUDGED);
    assert_int_equal(judged.outcome, OUTCOME_PASSED);
    assert_string_equal(judged.detail, "NOERROR, 1 A record");
}

static void the_case_of_the_question_does_not_matter(void **state)
{
    struct judged judged = JUDGE(
        "\x12\x34\x81\x80\0\1\0\0\0\0\0\0\x03WeB\x04tEst\0\0\x01\0\x01", NULL, false);

    (void)state;
    assert_int_equal(judged.outcome, OUTCOME_PASSED);
}

static void an_expected_answer_must_be_there(void **state)
{
    static const char reply[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION RECORD;
    static const char none[] = "\x12\x34\x81\x80\0\1\0\0\0\0\0\0" QUESTION;

    (void)state;
    assert_int_equal(JUDGE(reply, "any", false).outcome, OUTCOME_PASSED);
    assert_int_equal(JUDGE(reply, "192.0.2.1", false).outcome, OUTCOME_PASSED);
    assert_int_equal(JUDGE(none, "any", false).outcome, OUTCOME_NO_ANSWER);
    struct judged judged = JUDGE(reply, "192.0.2.2", false);
    assert_int_equal(judged.outcome, OUTCOME_NO_ANSWER);
    assert_string_equal(judged.detail, "none of its 1 A records is \"192.0.2.2\"");
}

static void an_unexpected_rcode_is_named(void **state)
{
    struct judged judged =
        JUDGE("\x12\x34\x81\x82\0\1\0\0\0\0\0\0" QUESTION, NULL, false);

    (void)state;
    assert_int_equal(judged.outcome, OUTCOME_WRONG_RCODE);
    assert_string_equal(judged.detail, "SERVFAIL, expected NOERROR");
    assert_int_equal(JUDGE("\x12\x34\x81\x81\0\0\0\0\0\0\0\0", NULL, false).outcome,
                     OUTCOME_WRONG_RCODE);
}

static void what_is_not_ours_is_waited_past(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" QUESTION, NULL, false).kind,
                     DNS_REPLY_FOREIGN);
    assert_int_equal(JUDGE("\x12\x34\x01\0\0\1\0\0\0\0\0\0" QUESTION, NULL, false).kind,
                     DNS_REPLY_FOREIGN);
    assert_int_equal(JUDGE("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\x03"
                           "ftp\x04test\0\0\x01\0\x01",
                           NULL, false)
                         .kind,
                     DNS_REPLY_FOREIGN);
    assert_int_equal(JUDGE("hello", NULL, false).kind, DNS_REPLY_FOREIGN);
    /* By TCP nobody else can be at the other end. */
    struct judged judged = JUDGE("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" QUESTION, NULL, true);
    assert_int_equal(judged.kind, DNS_REPLY_JUDGED);
    assert_int_equal(judged.outcome, OUTCOME_MALFORMED);
}

static void a_cut_reply_asks_for_tcp(void **state)
{
    static const char reply[] = "\x12\x34\x83\x80\0\1\0\0\0\0\0\0" QUESTION;

    (void)state;
    assert_int_equal(JUDGE(reply, NULL, false).kind, DNS_REPLY_CUT);
    assert_int_equal(JUDGE(reply, NULL, true).kind, DNS_REPLY_JUDGED);
}

static void a_broken_reply_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(
        JUDGE("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\x01", NULL, false)
            .outcome,
        OUTCOME_MALFORMED);
    assert_int_equal(JUDGE("\x12\x34\x81\x80\0\0\0\0\0\0\0\0", NULL, false).outcome,
                     OUTCOME_MALFORMED);
    assert_int_equal(JUDGE("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\x3f", NULL, false).outcome,
                     OUTCOME_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_has_a_name_and_a_type),
        cmocka_unit_test(without_a_query_the_host_name_is_asked_for),
        cmocka_unit_test(what_is_no_question_is_refused),
        cmocka_unit_test(rcodes_are_words),
        cmocka_unit_test(an_answer_passes),
        cmocka_unit_test(the_case_of_the_question_does_not_matter),
        cmocka_unit_test(an_expected_answer_must_be_there),
        cmocka_unit_test(an_unexpected_rcode_is_named),
        cmocka_unit_test(what_is_not_ours_is_waited_past),
        cmocka_unit_test(a_cut_reply_asks_for_tcp),
        cmocka_unit_test(a_broken_reply_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
