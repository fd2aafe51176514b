/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/line_input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/line_readline.h"
#include "cli/prompt_signals.h"
#include "cli/script.h"

static struct {
    bool terminal, readline;
    bool at_end, failed;
    char *text; /* bytes read and not yet given out start at `next` */
    size_t next, used, room;
} input;

bool line_input_has_readline(void) {
#ifdef HAVE_LIBREADLINE
    return true;
#else
    return false;
#endif
}

void line_input_open(bool terminal, struct line_completion completion) {
    memset(&input, 0, sizeof input);
    input.terminal = terminal;
    input.readline = terminal && readline_open(completion);
}

static enum line_result cannot_read(const char *why) {
    complain("<stdin>: %s", why);
    input.failed = true;
    return LINE_END;
}

/* More bytes behind those that are there.  False at the end and after an interrupt. */
static enum line_result read_more(void) {
    if (input.used > script_longest()) {
        input.used = 0; /* part of a line is none */
        return cannot_read("a line is too long");
    }
    if (input.room - input.used < 4096) {
        char *grown = realloc(input.text, 2 * input.room + 8192);
        if (!grown) return cannot_read("memory exhausted");
        input.text = grown;
        input.room = 2 * input.room + 8192;
    }
    if (input.terminal && prompt_wait() == PROMPT_INTERRUPT) return LINE_INTERRUPTED;
    ssize_t n = read(STDIN_FILENO, input.text + input.used, input.room - input.used - 1);
    if (n < 0 && errno == EINTR) return LINE_READ;
    if (n < 0 && !input.terminal) return cannot_read(strerror(errno)); /* a terminal that hung up is an end */
    if (n <= 0) return LINE_END;
    input.used += (size_t)n;
    return LINE_READ;
}

/* Gives out what stands before the end of the line; the last line may lack one. */
static enum line_result read_plain(const char **text, size_t *length) {
    if (input.next > 0) memmove(input.text, input.text + input.next, input.used - input.next);
    input.used -= input.next;
    size_t seen = input.next = 0;
    for (;;) {
        char *end = input.used > seen ? memchr(input.text + seen, '\n', input.used - seen) : NULL;
        if (end || (input.at_end && input.used > 0)) {
            *text = input.text;
            *length = end ? (size_t)(end - input.text) : input.used;
            input.next = *length + (end != NULL);
            input.text[*length] = '\0';
            return LINE_READ;
        }
        if (input.at_end) return LINE_END;
        seen = input.used;
        enum line_result result = read_more();
        if (result == LINE_INTERRUPTED) {
            fputc('\n', stderr); /* behind the ^C that the terminal wrote */
            input.next = input.used;
            return result;
        }
        if (result == LINE_END) input.at_end = true;
    }
}

enum line_result line_input_read(const char *prompt, bool continues, const char **text, size_t *length) {
    if (input.readline) return readline_read(prompt, continues, text, length);
    if (input.terminal) {
        FILE *to = isatty(STDOUT_FILENO) ? stdout : stderr;
        fputs(prompt, to);
        fflush(to);
    }
    return read_plain(text, length);
}

/* Lines that are more than blanks; keys that came while Readline had the terminal end them with CR. */
static size_t count_lines(const char *text, size_t length) {
    size_t lines = 0;
    bool begun = false;
    for (size_t i = 0; i < length; i++) {
        bool at_end = text[i] == '\n' || text[i] == '\r';
        lines += at_end && begun;
        begun = !at_end && (begun || (text[i] != ' ' && text[i] != '\t'));
    }
    return lines;
}

size_t line_input_drop_ahead(void) {
    enum { QUIET = 30 }; /* milliseconds, by which a paste has come */
    if (!input.terminal || (input.readline && readline_takes_pastes())) return 0;
    size_t lines = count_lines(input.text + input.next, input.used - input.next);
    input.next = input.used;
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char piece[4096];
    while (poll(&in, 1, QUIET) > 0) {
        ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
        if (n <= 0) break;
        lines += count_lines(piece, (size_t)n);
    }
    return lines;
}

bool line_input_failed(void) { return input.failed; }

const char *line_input_history(size_t index) { return input.readline ? readline_history(index) : NULL; }

void line_input_forget(void) {
    if (input.readline) readline_forget();
}

void line_input_close(void) {
    if (input.readline) readline_close();
    free(input.text);
    memset(&input, 0, sizeof input);
}
