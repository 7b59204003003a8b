#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The commands that the manual and the README show, and what lsmctl makes of their words: examples.py LSMCTL FILE...

Each is run with --dry-run, where nothing is loaded: that there is no such file or policy is as it must be. That there is no
such command, option or word, exit status 1, is told, a line each. The last line is how many commands there were.
"""

import re
import shlex
import subprocess
import sys

# What stands for something in a page's text, and no command itself.
MARKUP = [(r"\\e", "\\\\"), (r"\\\(aq", "'"), (r"\\\(dq", '"'), (r"\\&", ""), (r"\\-", "-")]


def commands_in(line):
    """The words of each lsmctl in a line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = None
    for word in list(lexer) + [";"]:
        if re.fullmatch(r"[();<>|&]+", word):
            if words:
                yield words
            words = None
        elif words is not None:
            words.append(word)
        elif word == "lsmctl" or word.endswith("/lsmctl"):
            words = []


def lines_of_page(path):
    text = open(path, encoding="utf-8").read()
    for pattern, plain in MARKUP:
        text = re.sub(pattern, lambda _, plain=plain: plain.replace("\\\\", "\\"), text)
    text = re.sub(r"\\\n|\|\n +", lambda m: "| " if m.group().startswith("|") else "", text)
    for line in text.split("\n"):
        if re.match(r"[#$] .*\blsmctl ", line):
            yield line[2:]
        quoted = re.match(r"\.(?:Pq )?Ql (lsmctl .*)", line)
        if quoted:
            yield re.sub(r"( [.,])?$", "", quoted.group(1))


def lines_of_readme(path):
    for line in open(path, encoding="utf-8"):
        if line.startswith("    ") and "lsmctl " in line:
            yield re.sub(r"^# ", "", line.strip())
        else:
            yield from re.findall(r"`(lsmctl [^`]*)`", line)


def main():
    lsmctl, *paths = sys.argv[1:]
    count = 0
    for path in paths:
        for line in (lines_of_readme if path.endswith(".md") else lines_of_page)(path):
            if re.search(r"[A-Z]{3}|\.\.\.", re.sub("E[A-Z]{4,}", "", line)):
                continue  # "lsmctl help COMMAND" stands for many
            for words in commands_in(line):
                count += 1
                done = subprocess.run(
                    [lsmctl, "-n", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
                )
                if done.returncode == 1 and not re.search("--selftest has no dry run|--cut and --dry-run", done.stderr):
                    print(f"{path}: {line}: {done.stderr.strip()}")
    print(count)


main()
