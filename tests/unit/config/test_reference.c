/* The pages that are printed from the tables. */
#include "reading.h"

#include "config/option.h"
#include "config/schema.h"

static char *printed(void (*print)(FILE *out))
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    print(out);
    fclose(out);
    return text;
}

static void the_reference_page_is_what_the_tables_print(void **state)
{
    (void)state;
    char *page = printed(config_reference);
    FILE *file = fopen(ROLLCALL_SOURCE_DIR "/docs/reference/configuration.md", "re");
    char *kept = calloc(1, strlen(page) + 2);

    assert_non_null(file);
    assert_non_null(kept);
    (void)!fread(kept, 1, strlen(page) + 1, file);
    fclose(file);
    assert_string_equal(kept, page);
    free(kept);
    free(page);
}

/* Each row, and each row of its sections, stands in `page`. */
static void every_key_is_in(const struct option *rows, const char *page)
{
    char line[256];

    for (; rows->key != NULL; rows++) {
        snprintf(line, sizeof line, "| `%s` | ", rows->key);
        assert_non_null(strstr(page, line));
        assert_non_null(strstr(page, rows->help));
        if (rows->rows != NULL)
            every_key_is_in(rows->rows, page);
    }
}

static void the_reference_page_has_every_key_with_its_sentence(void **state)
{
    (void)state;
    char *page = printed(config_reference);

    every_key_is_in(config_options, page);
    free(page);
}

static void the_manual_has_no_line_that_roff_takes_for_a_request(void **state)
{
    (void)state;
    char *page = printed(config_manual);

    for (const char *at = page; (at = strchr(at, '\n')) != NULL && at[1] != '\0'; at++)
        if (at[1] == '.')
            assert_true(strncmp(at + 1, ".TP\n", 4) == 0 ||
                        strncmp(at + 1, ".B ", 3) == 0 ||
                        strncmp(at + 1, ".SS ", 4) == 0);
    assert_non_null(strstr(page, ".B dns.workers\n"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_page_is_what_the_tables_print),
        cmocka_unit_test(the_reference_page_has_every_key_with_its_sentence),
        cmocka_unit_test(the_manual_has_no_line_that_roff_takes_for_a_request),
    };
    return cmocka_run_group_tests_name("config/reference", tests, NULL, NULL);
}
