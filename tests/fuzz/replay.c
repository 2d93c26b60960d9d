/* Run every file of the folders named as arguments through the fuzz target that is linked
 * in. Each input is a block of exactly its size, so that sanitizers see a read past it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

static int replay_file(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");

    if (file == NULL || fstat(fileno(file), &about) != 0) {
        perror(path);
        if (file != NULL)
            fclose(file);
        return -1;
    }
    if (!S_ISREG(about.st_mode)) {
        fclose(file);
        return 0;
    }
    size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size == 0 ? 1 : size);
    if (data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        free(data);
        fclose(file);
        return -1;
    }
    fclose(file);
    printf("%s (%zu octets)\n", path, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static int replay_folder(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);

    if (open == NULL) {
        perror(folder);
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int run = replay_file(path);
        if (run < 0) {
            closedir(open);
            return -1;
        }
        count += run;
    }
    closedir(open);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        int run = replay_folder(argv[i]);
        if (run < 0)
            return 1;
        count += run;
    }
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
