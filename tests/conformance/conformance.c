/* conformance FOLDER...: every case of every folder, by UDP and by TCP, against a
 * registry in memory. A folder has its own world.yaml and world.registry, or takes
 * sample.yaml and sample.registry beside it. With --wrong the files *.wrong are run, of
 * which none may pass: they watch the judge. With --files each file has a line that says
 * how often it was asked by UDP and by TCP, and how much of that failed: for rows.py. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/ask.h"
#include "conformance/case.h"
#include "conformance/judge.h"
#include "conformance/world.h"
#include "dns/types.h"
#include "dns/wire.h"

struct tally {
    bool wrong; /* what differs passes */
    bool files; /* a line for each file */
    unsigned passed, failed;
    unsigned udp, tcp; /* asked so */
};

static bool run_trial(struct world *world, struct trial *trial, unsigned name,
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
    const struct address *from = &trial->ask->from;
    size_t reply = world_answer_from(world, from->any.sa_family == 0 ? NULL : &from->any,
                                     message, length, capacity, trial->tcp);
    good = judge(trial, message, reply, why);
done:
    free(query);
    free(message);
    return good;
}

static void run_ask(struct world *world, struct trial *trial, struct tally *tally)
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
        if (run_trial(world, trial, name, type, &why) != tally->wrong) {
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

static void run_file(struct world *world, const char *path, struct tally *tally)
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
            run_ask(world, &trial, tally);
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

static bool run_folder(const char *folder, struct tally *tally)
{
    char config[1024], instances[1024], pattern[1024];
    struct world *world = NULL;
    struct reason why = REASON_NONE;
    glob_t cases;

    find_world(folder, "yaml", config, sizeof config);
    find_world(folder, "registry", instances, sizeof instances);
    snprintf(pattern, sizeof pattern, "%s/*.%s", folder, tally->wrong ? "wrong" : "case");
    if (glob(pattern, 0, NULL, &cases) != 0) {
        printf("%s: no cases\n", folder);
        return false;
    }
    if (world_create(config, instances, &world, &why) != ROLLCALL_OK) {
        printf("%s: cannot build the world: %s\n", folder, why.text);
        globfree(&cases);
        return false;
    }
    for (size_t i = 0; i < cases.gl_pathc; i++)
        run_file(world, cases.gl_pathv[i], tally);
    world_destroy(world);
    globfree(&cases);
    return true;
}

int main(int argc, char **argv)
{
    struct tally tally = { .wrong = argc > 1 && strcmp(argv[1], "--wrong") == 0,
                           .files = argc > 1 && strcmp(argv[1], "--files") == 0 };
    int first = tally.wrong || tally.files ? 2 : 1;
    bool good = argc > first;

    for (int i = first; i < argc; i++)
        good = run_folder(argv[i], &tally) && good;
    printf("%u cases: %u passed, %u failed\n", tally.passed + tally.failed, tally.passed,
           tally.failed);
    return good && tally.failed == 0 && tally.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
