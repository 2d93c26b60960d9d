/* bench/sqlite_bare.c - the floor of durable registration: SQLite alone, WAL and
 * synchronous=FULL, committing the rows that our store would write, in fixed batches.
 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"
#include "bench/lib/row.h"
#include "model/pack.h"
#include "store/sqlite_schema.h"

struct bare {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *put;
    struct buffer packed;
    uint64_t services;
};

static void must(struct bare *bare, bool good)
{
    if (!good)
        program_fail(0, "sqlite: %s", sqlite3_errmsg(bare->db));
}

static sqlite3_stmt *prepare(struct bare *bare, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    must(bare, sqlite3_prepare_v2(bare->db, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void run(struct bare *bare, sqlite3_stmt *statement)
{
    must(bare, sqlite3_step(statement) == SQLITE_DONE);
    (void)sqlite3_reset(statement);
}

static void open_database(struct bare *bare, const char *path)
{
    static const char *const left[] = { "", "-wal", "-shm" };
    char name[512];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, left[i]);
        (void)unlink(name);
    }
    must(bare, sqlite3_open(path, &bare->db) == SQLITE_OK);
    must(bare,
         sqlite3_exec(bare->db,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "PRAGMA wal_autocheckpoint=4000;" SQLITE_SCHEMA_CREATE_INSTANCE,
                      NULL, NULL, NULL) == SQLITE_OK);
    bare->begin = prepare(bare, "BEGIN IMMEDIATE");
    bare->commit = prepare(bare, "COMMIT");
    bare->put = prepare(bare, SQLITE_SCHEMA_PUT);
    buffer_init(&bare->packed, 65536);
}

/* The instance that bench/register.c registers as this row. */
static void pack(struct bare *bare, const struct row *row)
{
    struct rollcall_address address;
    const struct rollcall_instance instance = {
        .id = row->id,
        .service = row->service,
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .host = "",
        .addresses = &address,
        .address_count = 1,
        .port = 8080,
        .weight = 1,
        .priority = 1,
        .ttl = ROLLCALL_TTL_UNSET,
    };
    if (!address_parse_ip(row->address, &address))
        program_fail(0, "not an address: %s", row->address);
    buffer_clear(&bare->packed);
    instance_pack(&instance, &bare->packed);
}

static void put(struct bare *bare, uint64_t number)
{
    struct row row;

    row_make(&row, number, bare->services, 10);
    pack(bare, &row);
    sqlite3_bind_text(bare->put, 1, row.id, -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->put, 2, "default", -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->put, 3, row.service, -1, SQLITE_STATIC);
    sqlite3_bind_int64(bare->put, 4, 0);
    sqlite3_bind_int64(bare->put, 5, (sqlite3_int64)number + 1);
    sqlite3_bind_int64(bare->put, 6, (sqlite3_int64)number + 1);
    sqlite3_bind_text(bare->put, 7, row.id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(bare->put, 8, 0);
    sqlite3_bind_blob(bare->put, 9, bare->packed.data, (int)bare->packed.length,
                      SQLITE_STATIC);
    sqlite3_bind_null(bare->put, 10);
    run(bare, bare->put);
}

int main(int argc, char **argv)
{
    struct bare bare = { .services = 1000 };
    const char *path = NULL;
    double batch = 64, rows = 20000, services = 1000, processor = -1;
    const struct program_option options[] = {
        { "--database", "file to write; what is there is removed", .text = &path },
        { "--batch", "rows a commit (64)", .number = &batch },
        { "--rows", "rows in all (20000)", .number = &rows },
        { "--services", "services they belong to (1000)", .number = &services },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Bare SQLite with our rows; prints one JSON line.",
                    options);

    if (path == NULL || batch < 1 || rows < 1 || services < 1)
        program_fail(0, "sqlite_bare: --database is required; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    bare.services = (uint64_t)services;
    open_database(&bare, path);
    size_t commits = 0;
    uint64_t *took = calloc((size_t)(rows / batch) + 1, sizeof *took);
    if (took == NULL)
        program_fail(errno, "cannot allocate");

    int64_t start = clock_monotonic_ns();
    for (uint64_t done = 0; done + (uint64_t)batch <= (uint64_t)rows; commits++) {
        int64_t before = clock_monotonic_ns();
        run(&bare, bare.begin);
        for (uint64_t end = done + (uint64_t)batch; done < end; done++)
            put(&bare, done);
        run(&bare, bare.commit);
        took[commits] = (uint64_t)(clock_monotonic_ns() - before);
    }
    double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    printf("{\"batch\":%.0f,\"commits\":%zu,\"rows_per_second\":%.0f,\"p50_us\":%.1f,"
           "\"p99_us\":%.1f}\n",
           batch, commits, (double)commits * batch / seconds,
           (double)program_percentile(took, commits, 0.5) / 1e3,
           (double)program_percentile(took, commits, 0.99) / 1e3);
    return 0;
}
