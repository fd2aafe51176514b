/* SPDX-License-Identifier: GPL-3.0-or-later */
/* starts.c - what it costs to start programs, start to finish, by the clock.
 *
 * The programs run in turn, so that whatever else the machine does meets all of them alike.
 *
 *     starts RUNS 'PROGRAM ARGUMENT ...' ...    (words parted by one blank; a blank within a word is written
 * _)
 *
 * Prints for each program: least, tenth percentile and median, milliseconds.  Their output is thrown away. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { PROGRAMS = 16 };

typedef struct program {
    char **words;
    double *times;
} program;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Parts the words at each -- and gives how many programs there are. */
static int split(program *programs, char **words) {
    int count = 0;
    while (*words && count < PROGRAMS) {
        programs[count++].words = words;
        while (*words && strcmp(*words, "--") != 0) words++;
        if (*words) *words++ = NULL;
    }
    return count;
}

static double run(program *p, const posix_spawn_file_actions_t *nowhere) {
    pid_t child;
    int status;
    double begin = now_ms();
    if (posix_spawnp(&child, p->words[0], nowhere, NULL, p->words, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "starts: %s failed\n", p->words[0]);
        exit(1);
    }
    return now_ms() - begin;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static program programs[PROGRAMS];
    int runs = argc > 2 ? atoi(argv[1]) : 0;
    if (runs < 1) return fprintf(stderr, "usage: starts RUNS PROGRAM ... [-- PROGRAM ...]\n"), 2;
    int count = split(programs, argv + 2);
    posix_spawn_file_actions_t nowhere;
    posix_spawn_file_actions_init(&nowhere);
    posix_spawn_file_actions_addopen(&nowhere, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&nowhere, 1, "/dev/null", O_WRONLY, 0);
    for (int k = 0; k < count; k++) {
        programs[k].times = malloc((size_t)runs * sizeof(double));
        run(&programs[k], &nowhere);
    }
    for (int i = 0; i < runs; i++)
        for (int k = 0; k < count; k++) programs[k].times[i] = run(&programs[k], &nowhere);
    for (int k = 0; k < count; k++) {
        qsort(programs[k].times, (size_t)runs, sizeof(double), compare);
        printf("%.4f\t%.4f\t%.4f\t%s\n", programs[k].times[0], programs[k].times[runs / 10],
               programs[k].times[runs / 2], programs[k].words[0]);
        free(programs[k].times);
    }
    posix_spawn_file_actions_destroy(&nowhere);
    return 0;
}
