/* health/pem_file.h: whose files a check may name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "health/pem_file.h"

static const char pem[] =
    "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";

/* A folder that everybody may enter, with one file in it. */
struct folder {
    char path[64];
    char file[96];
};

static int open_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);

    assert_non_null(folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/rollcall-pem-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    chmod(folder->path, 0755);
    snprintf(folder->file, sizeof folder->file, "%s/ca.pem", folder->path);
    FILE *file = fopen(folder->file, "w");
    assert_non_null(file);
    fputs(pem, file);
    fclose(file);
    chmod(folder->file, 0644);
    *state = folder;
    return 0;
}

static int close_folder(void **state)
{
    struct folder *folder = *state;

    chmod(folder->path, 0755);
    unlink(folder->file);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static enum rollcall_status read_as(const char *path, uid_t uid, struct reason *why)
{
    struct buffer out;

    buffer_init(&out, PEM_FILE_MAX);
    enum rollcall_status status = pem_file_read(path, PEM_CERTIFICATE, uid, &out, why);
    if (status == ROLLCALL_OK)
        assert_string_equal(out.data, pem);
    buffer_deinit(&out);
    return status;
}

static uid_t stranger(void)
{
    return geteuid() + 12345;
}

static void refused(const char *path, uid_t uid, const char *words)
{
    struct reason why = REASON_NONE;

    assert_int_equal(read_as(path, uid, &why), ROLLCALL_E_INVALID);
    assert_non_null(strstr(why.text, words));
}

static void a_file_that_everybody_may_read_is_anybodys(void **state)
{
    const struct folder *folder = *state;

    assert_int_equal(read_as(folder->file, stranger(), NULL), ROLLCALL_OK);
}

static void a_private_file_is_for_its_owner_and_the_daemon_only(void **state)
{
    const struct folder *folder = *state;

    chmod(folder->file, 0600);
    assert_int_equal(read_as(folder->file, geteuid(), NULL), ROLLCALL_OK);
    refused(folder->file, stranger(), "may not be read by uid");
}

static void a_file_in_a_private_folder_is_private(void **state)
{
    const struct folder *folder = *state;

    chmod(folder->path, 0700);
    assert_int_equal(read_as(folder->file, geteuid(), NULL), ROLLCALL_OK);
    refused(folder->file, stranger(), "may not be read by uid");
}

static void a_link_is_judged_by_where_it_leads(void **state)
{
    const struct folder *folder = *state;
    char link[96] = "/tmp/rollcall-pem-link-XXXXXX";

    chmod(folder->path, 0700);
    assert_non_null(mkdtemp(link));
    chmod(link, 0755);
    strcat(link, "/a");
    assert_int_equal(symlink(folder->file, link), 0);
    refused(link, stranger(), "may not be read by uid");
    unlink(link);
    *strrchr(link, '/') = '\0';
    rmdir(link);
}

static void nobody_learns_what_there_is(void **state)
{
    const struct folder *folder = *state;
    struct reason there = REASON_NONE, not_there = REASON_NONE;
    char none[96];

    snprintf(none, sizeof none, "%s/cb.pem", folder->path);
    chmod(folder->file, 0600);
    read_as(folder->file, stranger(), &there);
    read_as(none, stranger(), &not_there);
    memcpy(strstr(not_there.text, "cb.pem"), "ca.pem", 6);
    assert_string_equal(there.text, not_there.text);
    refused(none, geteuid(), "No such file");
}

static void what_is_no_pem_file_is_refused_in_words(void **state)
{
    const struct folder *folder = *state;
    struct buffer out;
    struct reason why = REASON_NONE;

    refused("ca.pem", geteuid(), "not an absolute path");
    refused(folder->path, geteuid(), "is not a file");
    refused("/dev/null", geteuid(), "is not a file");
    buffer_init(&out, PEM_FILE_MAX);
    assert_int_equal(pem_file_read(folder->file, PEM_KEY, geteuid(), &out, &why),
                     ROLLCALL_E_INVALID);
    assert_non_null(strstr(why.text, "PRIVATE KEY"));
    buffer_deinit(&out);
}

static void what_is_encrypted_is_refused_and_nobody_is_asked(void **state)
{
    const struct folder *folder = *state;
    FILE *file = fopen(folder->file, "w");

    assert_non_null(file);
    fwrite("\0", 1, 1, file); /* not the end of it */
    fputs("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n", file);
    fclose(file);
    refused(folder->file, geteuid(), "is encrypted");
}

static void a_file_without_a_writer_is_not_waited_for(void **state)
{
    const struct folder *folder = *state;

    unlink(folder->file);
    assert_int_equal(mkfifo(folder->file, 0644), 0);
    refused(folder->file, geteuid(), "is not a file");
}

static void what_is_no_file_is_not_even_opened(void **state)
{
    const struct folder *folder = *state;
    char event[512];
    int watch = inotify_init1(IN_NONBLOCK);

    unlink(folder->file);
    assert_int_equal(mkfifo(folder->file, 0644), 0);
    assert_true(inotify_add_watch(watch, folder->file, IN_OPEN) >= 0);
    refused(folder->file, geteuid(), "is not a file");
    assert_true(read(watch, event, sizeof event) < 0);
    close(watch);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)
    const struct CMUnitTest tests[] = {
        CASE(a_file_that_everybody_may_read_is_anybodys),
        CASE(a_private_file_is_for_its_owner_and_the_daemon_only),
        CASE(a_file_in_a_private_folder_is_private),
        CASE(a_link_is_judged_by_where_it_leads),
        CASE(nobody_learns_what_there_is),
        CASE(what_is_no_pem_file_is_refused_in_words),
        CASE(what_is_encrypted_is_refused_and_nobody_is_asked),
        CASE(a_file_without_a_writer_is_not_waited_for),
        CASE(what_is_no_file_is_not_even_opened),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
