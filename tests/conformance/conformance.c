/* conformance FOLDER...: every case of every folder, by UDP and by TCP, against a
 * registry in memory. A folder has its own world.yaml and world.registry, or takes
 * sample.yaml and sample.registry beside it. With --wrong the files *.wrong are run, of
 * which none may pass: they watch the judge. With --files each file has a line that says
 * how often it was asked by UDP and by TCP, and how much of that failed: for rows.py.
 * With
 * --server ADDRESS a running server is asked, which has the same registry. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/ask.h"
#include "conformance/case.h"
#include "conformance/judge.h"
#include "conformance/remote.h"
#include "conformance/world.h"
#include "dns/types.h"
#include "dns/wire.h"

/* A reply is waited for long, silence only so long that a reply would have come. */
enum { REPLY_MS = 10000, SILENCE_MS = 500 };

/* Who answers: a world in memory, or a server. */
struct asked {
    struct world *world; /* NULL: the server */
    struct address server;
};

struct tally {
    bool wrong; /* what differs passes */
    bool files; /* a line for each file */
    unsigned passed, failed;
    unsigned udp, tcp; /* asked so */
};

static size_t answer_of(const struct asked *asked, const struct trial *trial,
                        uint8_t *message, size_t length, size_t capacity)
{
    const struct address *from = &trial->ask->from;

    if (asked->world == NULL)
        return remote_answer(&asked->server, message, length, capacity, trial->tcp,
                             trial->block->reply.silence ? SILENCE_MS : REPLY_MS);
    return world_answer_from(asked->world, from->any.sa_family == 0 ? NULL : &from->any,
                             message, length, capacity, trial->tcp);
}

static bool run_trial(const struct asked *asked, struct trial *trial, unsigned name,
                      unsigned type, struct reason *why)
{
    size_t capacity = trial->tcp ? DNS_MESSAGE_MAX : DNS_UDP_MAX;
    uint8_t *query = malloc(CASE_BYTES);
    uint8_t *message = malloc(capacity); /* so long and no longer: for the sanitizer */
    bool good = false;

    if (query == NULL || message == NULL) {
        reason_set(why, "out of memory");
        goto done;
    }
    size_t length = ask_write(trial->ask, name, type, query, capacity);
    if (length == 0 && !trial->ask->raw) {
        reason_set(why, "the case is wrong: no such name");
        goto done;
    }
    memcpy(message, query, length);
    trial->name = trial->ask->names[name];
    trial->query = query;
    trial->query_length = length;
    size_t reply = answer_of(asked, trial, message, length, capacity);
    good = judge(trial, message, reply, why);
done:
    free(query);
    free(message);
    return good;
}

static void run_ask(const struct asked *asked, struct trial *trial, struct tally *tally)
{
    const struct case_ask *ask = trial->ask;

    for (unsigned i = 0; i < ask->name_count * ask->type_count * 2; i++) {
        unsigned name = i / 2 / ask->type_count, type = i / 2 % ask->type_count;
        struct reason why = REASON_NONE;
        char word[16];
        trial->tcp = i % 2 == 1;
        if (trial->tcp ? !ask->tcp : !ask->udp)
            continue;
        *(trial->tcp ? &tally->tcp : &tally->udp) += 1;
        if (run_trial(asked, trial, name, type, &why) != tally->wrong) {
            tally->passed++;
            continue;
        }
        tally->failed++;
        dns_type_print(ask->types[type], word, sizeof word);
        printf("%s:%u: %s %s by %s: %s\n", trial->file->path, ask->line,
               ask->raw ? "octets" : ask->names[name], ask->raw ? "" : word,
               trial->tcp ? "TCP" : "UDP", tally->wrong ? "passed" : why.text);
    }
}

static void run_file(const struct asked *asked, const char *path, struct tally *tally)
{
    const struct tally before = *tally;
    struct case_file file;
    struct reason why = REASON_NONE;

    if (case_read(path, &file, &why) != ROLLCALL_OK) {
        printf("%s\n", why.text);
        tally->failed++;
    }
    for (size_t b = 0; b < file.count; b++) {
        struct trial trial = { .file = &file, .block = &file.blocks[b] };
        for (unsigned i = 0; i < file.blocks[b].ask_count; i++) {
            trial.ask = file.blocks[b].asks[i];
            run_ask(asked, &trial, tally);
        }
    }
    case_deinit(&file);
    if (tally->files)
        printf("file %s %u %u %u\n", path, tally->udp - before.udp,
               tally->tcp - before.tcp, tally->failed - before.failed);
}

/* FOLDER/world.EXT, or FOLDER/../sample.EXT. */
static void find_world(const char *folder, const char *extension, char *out, size_t size)
{
    snprintf(out, size, "%s/world.%s", folder, extension);
    if (access(out, F_OK) != 0)
        snprintf(out, size, "%s/../sample.%s", folder, extension);
}

static void run_files(const struct asked *asked, const glob_t *files, struct tally *tally)
{
    for (size_t i = 0; i < files->gl_pathc; i++)
        run_file(asked, files->gl_pathv[i], tally);
}

static bool run_in_world(const char *folder, const glob_t *files, struct tally *tally)
{
    char config[1024], instances[1024];
    struct asked asked = { .world = NULL };
    struct reason why = REASON_NONE;

    find_world(folder, "yaml", config, sizeof config);
    find_world(folder, "registry", instances, sizeof instances);
    if (world_create(config, instances, &asked.world, &why) != ROLLCALL_OK) {
        printf("%s: cannot build the world: %s\n", folder, why.text);
        return false;
    }
    run_files(&asked, files, tally);
    world_destroy(asked.world);
    return true;
}

/* `server` NULL: a world of the folder is asked. */
static bool run_folder(const char *folder, const struct asked *server,
                       struct tally *tally)
{
    char pattern[1024];
    glob_t files;
    bool good = true;

    snprintf(pattern, sizeof pattern, "%s/*.%s", folder, tally->wrong ? "wrong" : "case");
    if (glob(pattern, 0, NULL, &files) != 0) {
        printf("%s: no cases\n", folder);
        return false;
    }
    if (server == NULL)
        good = run_in_world(folder, &files, tally);
    else
        run_files(server, &files, tally);
    globfree(&files);
    return good;
}

int main(int argc, char **argv)
{
    const char *option = argc > 1 ? argv[1] : "";
    struct tally tally = { .wrong = strcmp(option, "--wrong") == 0,
                           .files = strcmp(option, "--files") == 0 };
    bool remote = strcmp(option, "--server") == 0 && argc > 2;
    struct asked server = { .world = NULL };
    int first = remote ? 3 : tally.wrong || tally.files ? 2 : 1;
    bool good = argc > first && (!remote || address_parse(argv[2], 53, &server.server));

    for (int i = first; i < argc && good; i++)
        good = run_folder(argv[i], remote ? &server : NULL, &tally);
    printf("%u cases: %u passed, %u failed\n", tally.passed + tally.failed, tally.passed,
           tally.failed);
    return good && tally.failed == 0 && tally.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
