/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void fill_closed_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) {
            int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
            if (got >= 0 && got != fd) close(got);
        }
}

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

/* CLICOLOR_FORCE=0 is how its users switch it off. */
static bool is_forced(const char *name) {
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

bool color_wanted(enum color_when when, int fd) {
    if (when != COLOR_AUTO) return when == COLOR_ALWAYS;
    if (is_set("NO_COLOR")) return false;
    if (is_forced("FORCE_COLOR") || is_forced("CLICOLOR_FORCE")) return true;
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

unsigned terminal_columns(int fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

unsigned terminal_rows(int fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
    return 24;
}
