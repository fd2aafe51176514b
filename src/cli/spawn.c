/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/complain.h"
#include "lib/gtape.h"

extern char **environ;

int spawn_start(pid_t *child, char *const words[], int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (!words[0]) return ENOENT;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawnp(child, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int spawn_wait(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

/* Old C libraries exec in the child: 127 tells that there is no such program. */
enum { NOT_FOUND = 127 };

static int tell(const char *name, int error, int status) {
    if (error == ENOENT || (!error && WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND))
        complain("%s is not installed", name);
    else if (error) complain("%s: %s", name, strerror(error));
    else if (WIFSIGNALED(status)) complain("%s was ended by signal %d", name, WTERMSIG(status));
    else if (status) complain("%s failed", name);
    else return 0;
    return error ? GTAPE_BAD_PROGRAM : GTAPE_FAILED;
}

/* The program that draws, or 0. */
static volatile pid_t drawing;

void spawn_stop(void) {
    if (drawing > 0) kill(drawing, SIGKILL);
}

static int draw(char *const words[], int input, int output, int *status) {
    pid_t child;
    int error = spawn_start(&child, words, input, output);
    if (error) return error;
    drawing = child;
    *status = spawn_wait(child);
    drawing = 0;
    return 0;
}

int spawn_draw(char *const words[], const char *text, size_t length, struct output *out) {
    FILE *file = tmpfile();
    if (!file || fwrite(text, 1, length, file) != length || fflush(file) != 0) {
        complain("a temporary file: %s", strerror(errno));
        if (file) fclose(file);
        return GTAPE_BAD_DATA;
    }
    lseek(fileno(file), 0, SEEK_SET);
    output_flush(out);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt;
    sigaction(SIGINT, &ignore, &interrupt);
    int status = 0, error = draw(words, fileno(file), out->fd, &status);
    sigaction(SIGINT, &interrupt, NULL);
    fclose(file);
    return tell(words[0], error, status);
}
