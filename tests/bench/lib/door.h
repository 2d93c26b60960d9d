/* bench/lib/door.h - the registration socket, as a program in C would speak to it.
 * One line out, one line in, blocking. Ends the program when the daemon goes away.
 * Threads: one door belongs to one thread.
 */
#ifndef BENCH_DOOR_H
#define BENCH_DOOR_H

#include <stdbool.h>
#include <stddef.h>

struct door {
    int fd;
    size_t got;
    char line[65536];
};

/* A connected Unix socket. */
int door_connect(const char *path);
void door_open(struct door *door, const char *path);
void door_close(struct door *door);

/* Send one request (without its newline); the reply, without its newline, is borrowed
 * until the next call. */
const char *door_ask(struct door *door, const char *request);
/* The same for a request that must succeed; ends the program with the reply otherwise. */
void door_do(struct door *door, const char *request);
/* Does the reply say that it worked? */
bool door_good(const char *reply);

#endif
