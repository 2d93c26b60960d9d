/* What the SQLite store keeps, what it refuses to touch, and how it recovers. */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "support/scratch.h"
#include "unit/store/stored.h"

#include "store/sqlite_schema.h"
#include "store/stores.h"

struct world {
    uv_loop_t loop;
    struct scratch scratch;
    char path[128];
    struct store *store;
    struct reason why;
    struct diary diary;
    struct told told;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    scratch_make(&world->scratch);
    scratch_path(&world->scratch, "state/a.db", world->path, sizeof world->path);
    uv_loop_init(&world->loop);
    *state = world;
    return 0;
}

static void close_store(struct world *world)
{
    if (world->store != NULL)
        world->store->close(world->store);
    world->store = NULL;
    uv_run(&world->loop, UV_RUN_DEFAULT);
}

static int tear_down(void **state)
{
    struct world *world = *state;

    close_store(world);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    scratch_remove(&world->scratch);
    free(world);
    return 0;
}

static enum rollcall_status try_open(struct world *world)
{
    struct store_settings settings = { .kind = "sqlite", .path = world->path };
    return store_open(&world->loop, &settings, &world->store, &world->why);
}

static void open_store(struct world *world)
{
    if (try_open(world) != ROLLCALL_OK)
        fail_msg("%s", world->why.text);
}

static void reopen(struct world *world)
{
    close_store(world);
    open_store(world);
    load_told(world->store, &world->told);
}

static void submit(struct world *world, enum change_kind kind, const char *id,
                   uint64_t revision)
{
    world->store->submit(world->store, make_change(kind, id, revision, &world->diary));
}

/* Run `sql` on the closed database, as a person with the sqlite3 shell would. */
static void shell(struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;

    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

struct content {
    size_t length;
    unsigned char bytes[1 << 18];
};

static struct content *content_of(const char *path)
{
    struct content *content = calloc(1, sizeof *content);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    content->length = fread(content->bytes, 1, sizeof content->bytes, file);
    fclose(file);
    return content;
}

/* Opening is refused with `words` in the reason, and no byte of the file changes. */
static void assert_refused_unchanged(struct world *world, const char *words)
{
    struct content *before = content_of(world->path);

    assert_int_not_equal(try_open(world), ROLLCALL_OK);
    if (strstr(world->why.text, words) == NULL)
        fail_msg("expected \"%s\" in \"%s\"", words, world->why.text);
    assert_non_null(strstr(world->why.text, world->path));

    struct content *after = content_of(world->path);
    assert_int_equal(before->length, after->length);
    assert_memory_equal(before->bytes, after->bytes, before->length);
    free(before);
    free(after);
}

static void write_file(struct world *world, const void *bytes, size_t length)
{
    char folder[128];

    scratch_path(&world->scratch, "state", folder, sizeof folder);
    mkdir(folder, 0700);
    FILE *file = fopen(world->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void fill(struct world *world, unsigned count)
{
    open_store(world);
    for (unsigned i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "web-%u", i);
        submit(world, CHANGE_PUT, id, i + 1);
    }
    world->store->drain(world->store);
    close_store(world);
}

static void what_was_saved_is_loaded_again(void **state)
{
    struct world *world = *state;

    open_store(world);
    submit(world, CHANGE_PUT, "web-1", 1);
    submit(world, CHANGE_PUT, "web-2", 2);
    struct change *serial =
        make_change(CHANGE_SERIAL, "service.local.", 0, &world->diary);
    serial->serial = 4000000000u;
    world->store->submit(world->store, serial);
    reopen(world);
    assert_string_equal(world->told.text,
                        "revision 2; service.local.=4000000000; "
                        "web/web-1:8080 r1 u1000 c1700000000000 10-0-0-1-8080 l0 h; "
                        "web/web-2:8080 r2 u1000 c1700000000000 10-0-0-1-8080 l0 h; ");
}

static void health_and_lease_change_nothing_else_of_a_row(void **state)
{
    struct world *world = *state;

    open_store(world);
    submit(world, CHANGE_PUT, "web-1", 1);
    struct change *health = make_change(CHANGE_HEALTH, "web-1", 2, &world->diary);
    health->health = (uint8_t *)strdup("packed");
    health->health_length = 6;
    world->store->submit(world->store, health);
    struct change *lease = make_change(CHANGE_LEASE, "web-1", 0, &world->diary);
    lease->lease_end = 1800000000000;
    world->store->submit(world->store, lease);
    reopen(world);
    assert_string_equal(world->told.text,
                        "revision 2; web/web-1:8080 r1 u1000 c1700000000000 "
                        "10-0-0-1-8080 l1800000000000 hpacked; ");
}

static void say(struct world *world, enum standing_part part, const char *bytes)
{
    struct change *change = make_change(CHANGE_STANDING, "web-1", 2, &world->diary);

    change->part = part;
    change->standing = bytes == NULL ? NULL : (uint8_t *)strdup(bytes);
    change->standing_length = bytes == NULL ? 0 : (uint32_t)strlen(bytes);
    world->store->submit(world->store, change);
}

static void put_again(struct world *world, uint64_t revision, bool known)
{
    struct change *change = make_change(CHANGE_PUT, "web-1", revision, &world->diary);

    change->known = known;
    world->store->submit(world->store, change);
}

static void the_parts_of_a_standing_live_as_long_as_their_instance(void **state)
{
    struct world *world = *state;

    open_store(world);
    put_again(world, 1, false);
    say(world, PART_DRAIN, "drained");
    say(world, PART_OVERRIDE, "up");
    say(world, PART_DAMPED, "calm");
    put_again(world, 3, true);
    reopen(world);
    assert_non_null(strstr(world->told.text, "part 0 drained; part 1 up; part 2 calm; "));
    say(world, PART_OVERRIDE, NULL);
    reopen(world);
    assert_non_null(strstr(world->told.text, "part 0 drained; part 2 calm; "));
    put_again(world, 4, false); /* another life */
    reopen(world);
    assert_null(strstr(world->told.text, "part"));
}

static void record(struct world *world, const char *key, const char *bytes)
{
    struct change *change = change_create(CHANGE_RECORD);

    assert_non_null(change);
    change->area = "silence";
    change->id = key;
    change->record = bytes == NULL ? NULL : (uint8_t *)strdup(bytes);
    change->record_length = bytes == NULL ? 0 : (uint32_t)strlen(bytes);
    change->done = diary_write;
    change->context = &world->diary;
    world->store->submit(world->store, change);
}

static void take_record(void *owner, const char *key, const uint8_t *bytes,
                        uint32_t length)
{
    size_t used = strlen(owner);

    snprintf((char *)owner + used, 128 - used, "%s=%.*s;", key, (int)length,
             (const char *)bytes);
}

static void records_of_an_area_come_back_until_they_go(void **state)
{
    struct world *world = *state;
    char told[128] = "", other[128] = "";

    open_store(world);
    record(world, "2", "two");
    record(world, "1", "one");
    record(world, "1", "uno");
    record(world, "3", "three");
    record(world, "3", NULL);
    reopen(world);
    assert_int_equal(
        world->store->load_records(world->store, "silence", take_record, told, NULL),
        ROLLCALL_OK);
    assert_string_equal(told, "1=uno;2=two;");
    assert_int_equal(
        world->store->load_records(world->store, "other", take_record, other, NULL),
        ROLLCALL_OK);
    assert_string_equal(other, "");
}

/* Three records in one change: "b" and "c" with "a", and "old" goes with them. */
static void record_several(struct world *world)
{
    struct change *change = change_create(CHANGE_RECORD);

    assert_non_null(change);
    change->area = "silence";
    change->id = "a";
    change->record = (uint8_t *)strdup("1");
    change->record_length = 1;
    change->more = calloc(3, sizeof *change->more);
    change->more_count = 3;
    change->more[0] = (struct change_record){ .area = "silence", .id = "old" };
    change->more[1] = (struct change_record){
        .area = "other", .id = "b", .bytes = (uint8_t *)strdup("2"), .length = 1
    };
    change->more[2] = (struct change_record){
        .area = "silence", .id = "c", .bytes = (uint8_t *)strdup("3"), .length = 1
    };
    change->done = diary_write;
    change->context = &world->diary;
    world->store->submit(world->store, change);
}

static void several_records_are_one_change(void **state)
{
    struct world *world = *state;
    char told[128] = "", other[128] = "";

    open_store(world);
    record(world, "old", "x");
    record_several(world);
    reopen(world);
    assert_int_equal(
        world->store->load_records(world->store, "silence", take_record, told, NULL),
        ROLLCALL_OK);
    assert_string_equal(told, "a=1;c=3;");
    assert_int_equal(
        world->store->load_records(world->store, "other", take_record, other, NULL),
        ROLLCALL_OK);
    assert_string_equal(other, "b=2;");
}

static void records_of_the_fourth_schema_are_brought_to_today(void **state)
{
    struct world *world = *state;
    char told[128] = "";

    open_store(world);
    record(world, "1", "one");
    record(world, "2", "two");
    close_store(world);
    shell(world, "ALTER TABLE record RENAME TO later; " SQLITE_SCHEMA_CREATE_RECORD
                 "INSERT INTO record SELECT area, key, value FROM later; "
                 "DROP TABLE later; PRAGMA user_version = 4;");
    open_store(world);
    record(world, "2", "zwei");
    reopen(world);
    assert_int_equal(
        world->store->load_records(world->store, "silence", take_record, told, NULL),
        ROLLCALL_OK);
    assert_string_equal(told, "1=one;2=zwei;");
}

/* What a rollcalld of the first schema left behind. */
static void make_first_schema(struct world *world)
{
    char later[128], sql[512];

    fill(world, 2);
    scratch_path(&world->scratch, "state/later.db", later, sizeof later);
    assert_int_equal(rename(world->path, later), 0);
    write_file(world, "", 0);
    shell(world,
          SQLITE_SCHEMA_CREATE_INSTANCE SQLITE_SCHEMA_CREATE_META
              SQLITE_SCHEMA_CREATE_SERIAL "PRAGMA application_id = 1919904876; "
                                          "PRAGMA user_version = 1;"
                                          "INSERT INTO meta VALUES('revision', 9)");
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS later; INSERT INTO instance SELECT id, namespace, service, "
             "owner, revision, created, label, lease_end, definition, health FROM "
             "later.instance",
             later);
    shell(world, sql);
}

static void a_database_of_the_first_schema_is_brought_to_today(void **state)
{
    struct world *world = *state;

    make_first_schema(world);
    reopen(world);
    assert_string_equal(world->told.text,
                        "revision 9; "
                        "web/web-0:8080 r1 u1000 c1700000000000 10-0-0-1-8080 l0 h; "
                        "web/web-1:8080 r2 u1000 c1700000000000 10-0-0-1-8080 l0 h; ");
    say(world, PART_DRAIN, "drained");
    reopen(world);
    assert_non_null(strstr(world->told.text, "part 0 drained"));
}

static void the_revision_does_not_go_back_when_its_instance_is_removed(void **state)
{
    struct world *world = *state;

    open_store(world);
    submit(world, CHANGE_PUT, "web-1", 8);
    submit(world, CHANGE_REMOVE, "web-1", 9);
    submit(world, CHANGE_LEASE, "web-1", 3); /* of nobody: harmless */
    reopen(world);
    assert_string_equal(world->told.text, "revision 9; ");
}

static void folder_and_file_belong_to_the_daemon_alone(void **state)
{
    struct world *world = *state;
    struct stat status;
    char folder[128];

    open_store(world);
    scratch_path(&world->scratch, "state", folder, sizeof folder);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_second_daemon_is_refused_and_told_who_holds_it(void **state)
{
    struct world *world = *state;
    struct store_settings settings = { .kind = "sqlite", .path = world->path };
    struct store *second = NULL;
    char process[32];

    open_store(world);
    assert_int_equal(store_open(&world->loop, &settings, &second, &world->why),
                     ROLLCALL_E_CONFLICT);
    assert_null(second);
    snprintf(process, sizeof process, "process %ld", (long)getpid());
    assert_non_null(strstr(world->why.text, process));
}

static void an_empty_file_is_brought_to_the_schema_of_today(void **state)
{
    struct world *world = *state;
    struct told told;

    write_file(world, "", 0);
    open_store(world);
    load_told(world->store, &told);
    assert_string_equal(told.text, "revision 0; ");
    close_store(world);
    struct content *content = content_of(world->path);
    assert_memory_equal(content->bytes + 68, "roll", 4); /* application id */
    assert_int_equal(content->bytes[63], sqlite_schema_version());
    free(content);
}

static void a_newer_database_is_refused_and_left_as_it_was(void **state)
{
    struct world *world = *state;

    fill(world, 3);
    shell(world, "PRAGMA user_version = 999");
    assert_refused_unchanged(world, "was written by a newer rollcalld (schema 999, this "
                                    "one knows ");
}

static void a_database_of_another_program_is_left_as_it_was(void **state)
{
    struct world *world = *state;

    write_file(world, "", 0);
    shell(world, "CREATE TABLE photos(name TEXT)");
    assert_refused_unchanged(world, "is a database of another program");
}

static void a_file_that_is_no_database_is_left_as_it_was(void **state)
{
    struct world *world = *state;
    const char text[] = "dear diary, today I was not a database\n";

    write_file(world, text, sizeof text);
    assert_refused_unchanged(world, "is not a SQLite database");
}

static void a_damaged_page_is_refused_and_left_as_it_was(void **state)
{
    struct world *world = *state;

    fill(world, 200);
    struct content *content = content_of(world->path);
    assert_in_range(content->length, 5 * 4096, sizeof content->bytes);
    memset(content->bytes + content->length - 4096, 0xa5, 2048);
    write_file(world, content->bytes, content->length);
    free(content);
    assert_refused_unchanged(world, "is damaged");
}

static void a_cut_database_is_refused_and_left_as_it_was(void **state)
{
    struct world *world = *state;

    fill(world, 200);
    struct content *content = content_of(world->path);
    write_file(world, content->bytes, content->length - 4096);
    free(content);
    assert_refused_unchanged(world, "is damaged");
}

static void a_damaged_definition_is_named(void **state)
{
    struct world *world = *state;
    const struct store_reader reader = { tell_instance, tell_serial, tell_revision,
                                         &world->told };

    fill(world, 2);
    shell(world, "UPDATE instance SET definition = x'ff' WHERE id = 'web-1'");
    open_store(world);
    assert_int_equal(world->store->load(world->store, &reader, &world->why),
                     ROLLCALL_E_IO);
    assert_non_null(strstr(world->why.text, "instance \"web-1\""));
}

/* A disk that takes no more: no file of this process may grow beyond `bytes`. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_takes_no_more_refuses_until_it_does_again(void **state)
{
    struct world *world = *state;

    open_store(world);
    submit(world, CHANGE_PUT, "before", 1);
    world->store->drain(world->store);
    limit_files(8192);
    for (unsigned i = 0; i < 3; i++) {
        submit(world, CHANGE_PUT, "during", 2 + i);
        world->store->drain(world->store);
    }
    limit_files(RLIM_INFINITY);
    submit(world, CHANGE_PUT, "after", 5);
    world->store->drain(world->store);

    const enum rollcall_status no = ROLLCALL_E_UNAVAILABLE;
    const enum rollcall_status expected[] = { ROLLCALL_OK, no, no, no, ROLLCALL_OK };
    assert_int_equal(world->diary.count, 5);
    assert_memory_equal(world->diary.statuses, expected, sizeof expected);
    assert_non_null(strstr(world->diary.last_reason, "changes are refused until"));
    reopen(world);
    assert_string_equal(world->told.text,
                        "revision 5; "
                        "web/after:8080 r5 u1000 c1700000000000 10-0-0-1-8080 l0 h; "
                        "web/before:8080 r1 u1000 c1700000000000 10-0-0-1-8080 l0 h; ");
}

static void a_store_that_does_not_exist_is_answered_with_those_that_do(void **state)
{
    struct world *world = *state;
    struct store_settings settings = { .kind = "cloud", .path = world->path };

    assert_int_equal(store_open(&world->loop, &settings, &world->store, &world->why),
                     ROLLCALL_E_CONFIG);
    assert_string_equal(world->why.text,
                        "there is no store \"cloud\"; there are: sqlite, memory");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_is_loaded_again),
        TEST(health_and_lease_change_nothing_else_of_a_row),
        TEST(the_parts_of_a_standing_live_as_long_as_their_instance),
        TEST(records_of_an_area_come_back_until_they_go),
        TEST(several_records_are_one_change),
        TEST(records_of_the_fourth_schema_are_brought_to_today),
        TEST(a_database_of_the_first_schema_is_brought_to_today),
        TEST(the_revision_does_not_go_back_when_its_instance_is_removed),
        TEST(folder_and_file_belong_to_the_daemon_alone),
        TEST(a_second_daemon_is_refused_and_told_who_holds_it),
        TEST(an_empty_file_is_brought_to_the_schema_of_today),
        TEST(a_newer_database_is_refused_and_left_as_it_was),
        TEST(a_database_of_another_program_is_left_as_it_was),
        TEST(a_file_that_is_no_database_is_left_as_it_was),
        TEST(a_damaged_page_is_refused_and_left_as_it_was),
        TEST(a_cut_database_is_refused_and_left_as_it_was),
        TEST(a_damaged_definition_is_named),
        TEST(a_disk_that_takes_no_more_refuses_until_it_does_again),
        TEST(a_store_that_does_not_exist_is_answered_with_those_that_do),
    };
    return cmocka_run_group_tests_name("store/sqlite_store", tests, NULL, NULL);
}
