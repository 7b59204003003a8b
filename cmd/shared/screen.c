// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/time.h"
#include "screen.h"
#include "stream.h"

/* ENTER: the alternate screen without a cursor and without line wrap. LEAVE: back. */
#define ENTER	     "\033[?1049h\033[?25l\033[?7l"
#define LEAVE	     "\033[?7h\033[?25h\033[?1049l"
#define END_OF_INPUT 4

static volatile sig_atomic_t resized, suspended;

static void note(int signal)
{
	*(signal == SIGWINCH ? &resized : &suspended) = 1;
}

static void catch_signals(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigaction(SIGWINCH, &action, NULL);
	sigaction(SIGTSTP, &action, NULL);
}

static bool is_background(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	return foreground >= 0 && foreground != getpgrp();
}

static void enter(struct screen *screen)
{
	struct termios raw;

	screen->keys =
		isatty(STDIN_FILENO) && !is_background(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &screen->before);
	if (screen->keys) {
		raw = screen->before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VQUIT] = _POSIX_VDISABLE; /* SIGQUIT would end us without restoring the terminal */
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	fputs(ENTER, stdout);
	fflush(stdout);
}

static void leave(const struct screen *screen)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (screen->keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->before);
}

void screen_open(struct screen *screen, const struct output *out)
{
	const char *term = getenv("TERM");

	*screen = (struct screen){.on = !out->json && !out->terse && isatty(STDOUT_FILENO) && term && *term &&
					strcmp(term, "dumb") && !is_background(STDOUT_FILENO)};
	if (!screen->on)
		return;
	setvbuf(stdout, NULL, _IOFBF, 1 << 16); /* writes a picture in one piece, to avoid flicker */
	catch_signals(note);
	enter(screen);
}

void screen_close(struct screen *screen)
{
	if (!screen->on)
		return;
	leave(screen);
	catch_signals(SIG_DFL);
	screen->on = false;
}

static struct winsize mapped_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	return size;
}

/* Returns the bytes of a line that fit. Colours take no columns; the text is printable UTF-8. */
static int fitting(const char *line, size_t columns)
{
	const char *at = line;

	for (; *at && *at != '\n'; at++) {
		if (*at == '\033')
			at += strcspn(at, "m");
		else if ((*at & 0xc0) != 0x80 && !columns--)
			break;
	}
	return (int)(at - line);
}

void screen_show(const char *text)
{
	struct winsize size = mapped_size();
	size_t row;

	fputs("\033[H", stdout);
	for (row = 0; row < size.ws_row && *text; row++) {
		/* A newline in the last line would scroll. */
		printf("%s\033[2K%.*s\033[0m", row ? "\n" : "", fitting(text, size.ws_col), text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (row < size.ws_row)
		fputs("\n\033[J", stdout);
	fflush(stdout);
}

/* Stops the process as the default action does. Returns when it is in the foreground again. */
static void suspend(struct screen *screen)
{
	leave(screen);
	catch_signals(SIG_DFL);
	raise(SIGTSTP);
	catch_signals(note);
	enter(screen);
}

/* True when a key ends the program. */
static bool read_keys(struct screen *screen)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0)
		screen->keys = false; /* the terminal is gone */
	for (ssize_t i = 0; i < n; i++) {
		if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == END_OF_INPUT)
			return true;
	}
	return false;
}

static uint64_t left(uint64_t until)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	return until > now ? until - now : 0;
}

enum screen_event screen_wait(struct screen *screen, uint64_t until)
{
	static const int waited_for[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP};
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	enum screen_event event = SCREEN_TIME;
	sigset_t these, before;
	uint64_t ns;

	sigemptyset(&these);
	for (size_t i = 0; i < sizeof(waited_for) / sizeof(waited_for[0]); i++)
		sigaddset(&these, waited_for[i]);
	/* A signal just before the wait must end the wait too. */
	sigprocmask(SIG_BLOCK, &these, &before);
	while (event == SCREEN_TIME && (ns = left(until)) > 0) {
		struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

		if (resized || suspended)
			event = SCREEN_REDRAW;
		else if (stream_ended() || (ppoll(&input, screen->keys, &timeout, &before) > 0 && read_keys(screen)))
			event = SCREEN_END;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (suspended)
		suspend(screen);
	resized = suspended = 0;
	return stream_ended() ? SCREEN_END : event;
}
