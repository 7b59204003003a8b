#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A terminal for one program: screen.py SCRIPT PROGRAM ARGUMENT...

The script is Python, in which
  shows(TEXT...)      waits until the screen has each of these texts, and returns it, a list of lines
  press(BYTES)        types
  size(ROWS, COLUMNS) makes the window so large
  run(WORD...)        runs another program, elsewhere
  entered(N)          waits until the program has begun to draw for the Nth time, after having left all as it was
  reads_keys()        whether what is typed comes at once, and is not shown
  ends(STATUS)        waits until the program has ended, so, and has left the terminal as it was
It knows the few sequences that lsmctl writes, and takes others for an error."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

SEQUENCE = re.compile(r"\033\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    def __init__(self, rows, columns):
        self.modes = {"25": True, "7": True, "1049": False}
        self.pending = self.plain = ""  # plain: what was written on the screen that was there before
        self.lines, self.row, self.column, self.entered = [], 0, 0, 0
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = [line[:columns] for line in (self.lines + [""] * rows)[:rows]]
        self.row = min(self.row, rows - 1)

    def sequence(self, private, number, final):
        if private and final in "hl" and number in self.modes:
            assert self.modes[number] != (final == "h"), f"mode {number} is {final} already"
            self.modes[number] = final == "h"
            if number == "1049":
                self.lines, self.row, self.column = [""] * self.rows, 0, 0
                self.entered += final == "h"
        elif (number, final) == ("", "H"):
            self.row = self.column = 0
        elif (number, final) == ("2", "K"):
            self.lines[self.row] = ""
        elif (number, final) == ("", "J"):
            self.lines[self.row] = self.lines[self.row][:self.column]
            self.lines[self.row + 1:] = [""] * (self.rows - self.row - 1)
        else:
            assert final == "m", f"unknown sequence {private}{number}{final}"

    def write(self, text):
        text = self.pending + text
        self.pending, at = "", 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                self.sequence(*found.groups())
                at = found.end()
                continue
            c = text[at]
            if c == "\033":
                assert len(text) - at < 16, f"unknown sequence: {text[at:at + 16]!r}"
                self.pending = text[at:]
                return
            at += 1
            if not self.modes["1049"]:
                self.plain += c
            elif c == "\r":
                self.column = 0
            elif c == "\n":
                assert self.row < self.rows - 1, "it scrolls"
                self.row += 1
            else:
                assert c.isprintable(), f"control character {c!r}"
                line = self.lines[self.row].ljust(self.column)
                # Without wrapping, what has no room is written over the last column.
                self.lines[self.row] = line[:self.column] + c + line[self.column + 1:]
                self.column = min(self.column + 1, self.columns - 1)


def main():
    script, argv = sys.argv[1], sys.argv[2:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.read(0, 1)  # the window has its size
        os.execv(argv[0], argv)
    before = termios.tcgetattr(fd)
    screen = Screen(24, 80)

    def size(rows, columns):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        screen.resize(rows, columns)

    def read(until, what):
        assert time.monotonic() < until, f"{what} does not come; on the screen: {screen.lines} {screen.plain!r}"
        if not select.select([fd], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        screen.write(data.decode())
        return bool(data)

    def shows(*texts):
        until = time.monotonic() + 30
        while not all(any(text in line for line in screen.lines) for text in texts):
            assert read(until, texts), f"it ended; before: {screen.plain!r}"
        return screen.lines

    def entered(n):
        until = time.monotonic() + 30
        while screen.entered < n:
            assert read(until, "a new screen"), "it ended"

    def ends(status):
        until = time.monotonic() + 30
        while read(until, "the end"):
            pass
        _, how = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(how) == status, f"ended with {how}"
        assert screen.modes == {"25": True, "7": True, "1049": False}, f"left so: {screen.modes}"
        assert termios.tcgetattr(fd) == before, "the terminal is not as it was"
        return screen.plain

    size(24, 80)
    os.write(fd, b"\n")
    names = {
        "shows": shows, "size": size, "entered": entered, "ends": ends, "pid": pid, "os": os,
        "press": lambda keys: os.write(fd, keys),
        "run": lambda *words: subprocess.run(words, check=True, stdout=subprocess.DEVNULL),
        "reads_keys": lambda: not termios.tcgetattr(fd)[3] & (termios.ECHO | termios.ICANON),
    }
    exec(script, names)


main()
