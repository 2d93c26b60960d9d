#include "model/explanation.h"

#include <stdlib.h>
#include <string.h>

struct explanation_text {
    struct explanation_text *next;
    char text[];
};

struct explanation *explanation_create(void)
{
    return calloc(1, sizeof(struct explanation));
}

void explanation_destroy(struct explanation *explanation)
{
    if (explanation == NULL)
        return;
    while (explanation->texts != NULL) {
        struct explanation_text *text = explanation->texts;
        explanation->texts = text->next;
        free(text);
    }
    free(explanation->records);
    free(explanation->instances);
    free(explanation->message);
    free(explanation);
}

const char *explanation_keep(struct explanation *explanation, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    struct explanation_text *kept = malloc(sizeof *kept + size);
    if (kept == NULL) {
        explanation->failed = true;
        return NULL;
    }
    memcpy(kept->text, text, size);
    kept->next = explanation->texts;
    explanation->texts = kept;
    return kept->text;
}

/* The array with room for one more; NULL: no memory, and it stays as it was. */
static void *grown(struct explanation *explanation, void *array, size_t count,
                   size_t *room, size_t size)
{
    size_t more = *room == 0 ? 16 : *room * 2;

    if (count < *room)
        return array;
    void *larger = realloc(array, more * size);
    if (larger == NULL) {
        explanation->failed = true;
        return NULL;
    }
    *room = more;
    return larger;
}

struct explained_record *explanation_record(struct explanation *explanation)
{
    struct explained_record *array =
        grown(explanation, explanation->records, explanation->record_count,
              &explanation->record_room, sizeof *array);

    if (array == NULL)
        return NULL;
    explanation->records = array;
    array += explanation->record_count++;
    memset(array, 0, sizeof *array);
    return array;
}

struct explained_instance *explanation_instance(struct explanation *explanation)
{
    struct explained_instance *array =
        grown(explanation, explanation->instances, explanation->instance_count,
              &explanation->instance_room, sizeof *array);

    if (array == NULL)
        return NULL;
    explanation->instances = array;
    array += explanation->instance_count++;
    memset(array, 0, sizeof *array);
    return array;
}
