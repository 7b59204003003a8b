#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Types into an interactive shell, presses Tab, and prints the line as it stands then: tab.py SHELL SETUP LINE...

SHELL is bash, zsh or fish; SETUP is text in its language that runs first. Each LINE is tried on its own. The cursor is
at its end, or where a tab stands in it. Before a LINE can stand
  "read ": Enter is pressed too, and what is printed is the last word as the shell then reads it;
  "all ":  every word that the shell would put in the place of the last, in the order of their bytes."""
import os
import pty
import select
import sys
import tempfile
import termios
import time

# Each: how it is started, and what it runs last; {0} is the scratch directory. ^T writes the line to the file "result",
# ^O inserts all choices, and the command "show" writes its arguments there.
SHELLS = {
    "bash": (["bash", "--noprofile", "--rcfile", "{0}/rc", "-i"], "rc", """
PS1='$ '
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind 'set page-completions off'
bind '"\\C-o": insert-completions'
bind -x '"\\C-t": printf "%s" "$READLINE_LINE" >{0}/new; mv {0}/new {0}/result'
show() {{ printf '%s\\n' "$@" >{0}/new; mv {0}/new {0}/result; }}
"""),
    "zsh": (["zsh", "-d", "-i"], ".zshrc", """
PS1='$ '
LISTMAX=1000
unsetopt beep
unset zle_bracketed_paste
bindkey -e
write() {{ print -rn -- "$BUFFER" >{0}/new; mv {0}/new {0}/result }}
zle -N write
bindkey '^T' write
zle -C insert-all complete-word _generic
zstyle ':completion:insert-all:*' completer _all_matches _complete
zstyle ':completion:insert-all:*' insert yes
bindkey '^O' insert-all
show() {{ printf '%s\\n' "$@" >{0}/new; mv {0}/new {0}/result; }}
"""),
    "fish": (["fish", "-i"], "fish/config.fish", """
function fish_prompt; echo -n '$ '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function insert_all
    set -l all
    for line in (complete -C (commandline -c | string collect))
        set -a all (string escape -- (string split -m 1 -f 1 -- \\t $line))
    end
    commandline -tr -- (string join -- ' ' $all)
end
bind \\co insert_all
bind \\ct 'printf %s (commandline | string collect) >{0}/new; mv {0}/new {0}/result'
bind \\cu 'commandline -r ""'
function show; printf '%s\\n' $argv >{0}/new; mv {0}/new {0}/result; end
"""),
}


def main():
    shell, setup, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
    start, rc, last = SHELLS[shell]
    with tempfile.TemporaryDirectory() as scratch:
        ready, result = os.path.join(scratch, "ready"), os.path.join(scratch, "result")
        # Without that directory fish reads every manual page of the host, in the background, for a minute.
        os.makedirs(os.path.join(scratch, "fish", "generated_completions"))
        with open(os.path.join(scratch, rc), "w", encoding="utf-8") as file:
            file.write(f"{setup}\n{last.format(scratch)}\necho >{ready}\n")
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb" if shell == "bash" else "xterm", INPUTRC="/dev/null", HISTFILE="/dev/null",
                              HOME=scratch, ZDOTDIR=scratch, XDG_CONFIG_HOME=scratch, XDG_DATA_HOME=scratch)
            os.execvp(start[0], [word.format(scratch) for word in start])

        def reads_keys():
            # Not while it runs a command: the terminal would take a key such as ^U for itself.
            return not termios.tcgetattr(fd)[3] & termios.ICANON

        def wait_for(has_come):
            seen = b""
            until = time.monotonic() + 60
            while not has_come():
                if select.select([fd], [], [], 0.02)[0]:
                    seen += os.read(fd, 4096)
                if time.monotonic() > until:
                    sys.exit(f"tab.py: no answer; on the screen: {seen!r}")

        def press(keys):
            wait_for(reads_keys)
            os.write(fd, b"\x05\x15" + keys.encode())  # first to the end, and all away that is left of the last line
            wait_for(lambda: os.path.exists(result))
            with open(result, encoding="utf-8", newline="") as file:
                text = file.read()
            os.unlink(result)
            return text

        wait_for(lambda: os.path.exists(ready))
        for line in lines:
            how, _, rest = line.partition(" ")
            before, _, after = (rest if how in ("read", "all") else line).partition("\t")
            if how == "read":
                print(press(before + "\t\x01show \r").split("\n")[-2])
            elif how == "all":
                there = len((before + ".").split()) - 1
                print("\n".join(sorted(press(before + "\x0f\x01show \r").split("\n")[there:-1])))
            else:
                print(press(before + after + "\x02" * len(after) + "\t\x14"))
        os.kill(pid, 9)
        os.waitpid(pid, 0)


main()
