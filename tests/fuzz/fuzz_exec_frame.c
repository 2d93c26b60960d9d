/* What comes from the helper that runs commands, or to it: a frame is read whole, and
 * written again it is the same. */
#include <string.h>

#include "exec/frame.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[EXEC_FRAME_MAX];
    static struct exec_frame frame;
    size_t length = 0;

    if (size > EXEC_FRAME_MAX || !exec_frame_read(data, size, &frame))
        return 0;
    switch (frame.kind) {
    case EXEC_FRAME_RUN:
        FUZZ_REQUIRE(frame.run.arguments[0] != NULL && frame.run.timeout_ms > 0);
        length = exec_frame_run(again, sizeof again, frame.job, &frame.run);
        break;
    case EXEC_FRAME_DONE:
        FUZZ_REQUIRE(frame.done.end < EXEC_END_COUNT);
        length = exec_frame_done(again, sizeof again, frame.job, &frame.done);
        if (length > 9)
            again[10] = data[10]; /* whatever is not 0 says that it was cut */
        break;
    case EXEC_FRAME_STOP:
        length = exec_frame_stop(again, sizeof again, frame.job);
        break;
    case EXEC_FRAME_REBORN:
        return 0;
    }
    FUZZ_REQUIRE(length == size && memcmp(again, data, size) == 0);
    return 0;
}
