/* Runs a fuzz target over its seeds, each whole and cut off after every byte at its front: what
 * stands in for libFuzzer where the compiler has none. */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

enum { SEED_MAX = 1 << 20, CUTS_MAX = 512 };

static void run_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1); /* of its exact size, so that overreads are seen */
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_seed(const char *path)
{
    static uint8_t data[SEED_MAX];
    FILE *file = fopen(path, "rbe");
    FUZZ_CHECK(file != NULL);
    size_t size = fread(data, 1, sizeof(data), file);
    (void)fclose(file);
    run_copy(data, size);
    for (size_t cut = 0; cut < size && cut < CUTS_MAX; cut++) {
        run_copy(data, cut);
    }
}

int main(int argc, char **argv)
{
    unsigned seeds = 0;
    DIR *corpus = argc == 2 ? opendir(argv[1]) : NULL;
    if (corpus == NULL) {
        (void)fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry = readdir(corpus); entry != NULL; entry = readdir(corpus)) {
        char path[PATH_MAX];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        run_seed(path);
        seeds++;
    }
    (void)closedir(corpus);
    printf("%u seeds\n", seeds);
    return seeds == 0;
}
