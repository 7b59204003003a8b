# SPDX-License-Identifier: GPL-2.0-only
"""cut.py [--ssh NAME | --ssh-connection] CASE... -- COMMAND...: opens connections, runs a command, and tells of each whether it
is still open: "CASE: open", or "CASE: " and the error that its program sees. What the command writes comes first, and its exit
status as "exit: N".

--gone CGROUPS: the sockets are made in the cgroup "gone" there, which then goes, the first of them by the user 4242.
--ssh NAME: the process has that name. --ssh-connection: the first case is the SSH connection of which a parent of the command
knows. A CASE may have a count behind a colon, and "in NAMESPACE" before: "in blue tcp4:200"."""

import errno
import os
import resource
import socket
import subprocess
import sys

import calls

BLOCKED, BLOCKED6, NEIGHBOUR, NEIGHBOUR6 = "1.1.1.1", "2001:db8::1", "1.1.1.2", "2001:db8::2"
CLONE_NEWNET = 0x40000000
IPPROTO_UDPLITE, IPPROTO_MPTCP = 136, 262
kept = []  # the other ends


def listener(address, backlog=1024, family=socket.AF_INET6):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.bind((address, 0))
    s.listen(backlog)
    kept.append(s)
    return s


def pair(family, address, source=None, proto=0):
    """A connection to the address, and its other end."""
    server = socket.socket(family, socket.SOCK_STREAM, proto)
    server.bind((address, 0))
    server.listen(16)
    client = socket.socket(family, socket.SOCK_STREAM, proto)
    if source:
        client.bind((source, 0))
    client.connect((address, server.getsockname()[1]))
    other = server.accept()[0]
    kept.extend((server, client, other))
    return client, other


def udp(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.connect((address, 53))
    return s


def syn_sent():
    """The queue of the listener is full, so that nobody answers."""
    server = listener("::ffff:" + BLOCKED, 0)
    for _ in range(4):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex((BLOCKED, server.getsockname()[1]))
        kept.append(s)
    kept.remove(s)
    return s


def waiting():
    """No program has the other end yet."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect((BLOCKED, listener("::ffff:" + BLOCKED).getsockname()[1]))
    return s


def raw():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.connect((BLOCKED, 0))
    return s


def odd_port():
    server = listener("::ffff:" + BLOCKED)
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind((NEIGHBOUR, 1023))
    s.connect((BLOCKED, server.getsockname()[1]))
    kept.append(server.accept()[0])
    return s


def udp_server():
    """Connected to one that it serves, beside the socket to which all others write."""
    both = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for s in both:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    both[0].bind((NEIGHBOUR, 0))
    both[1].bind(both[0].getsockname())
    both[1].connect((BLOCKED, 5353))
    kept.append(both[0])
    return both[1]


def whole():
    """What no kernel closes: UDP-Lite, where there is any, or MPTCP."""
    try:
        return udplite()
    except OSError:
        return CASES["mptcp"]()


def udplite():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, IPPROTO_UDPLITE)
    s.connect((BLOCKED, 53))
    return s


def half_closed():
    s = pair(socket.AF_INET, BLOCKED)[0]
    s.shutdown(socket.SHUT_WR)
    return s


CASES = {
    "tcp4": lambda: pair(socket.AF_INET, BLOCKED)[0],
    "tcp6": lambda: pair(socket.AF_INET6, BLOCKED6)[0],
    "mapped": lambda: pair(socket.AF_INET6, "::ffff:" + BLOCKED)[0],
    "syn_sent": syn_sent,
    "half_closed": half_closed,
    "udp4": lambda: udp(socket.AF_INET, BLOCKED),
    "udp6": lambda: udp(socket.AF_INET6, BLOCKED6),
    "udp_mapped": lambda: udp(socket.AF_INET6, "::ffff:" + BLOCKED),
    "udplite": udplite,
    "whole": whole,
    "raw": raw,
    "waiting": waiting,
    "mptcp": lambda: pair(socket.AF_INET, BLOCKED, proto=IPPROTO_MPTCP)[0],
    "neighbour4": lambda: pair(socket.AF_INET, NEIGHBOUR, source=NEIGHBOUR)[0],
    "neighbour6": lambda: pair(socket.AF_INET6, NEIGHBOUR6, source=NEIGHBOUR6)[0],
    "neighbour_udp": lambda: udp(socket.AF_INET, NEIGHBOUR),
    # The end of a server, whose client is at the blocked address.
    "accepted": lambda: pair(socket.AF_INET, NEIGHBOUR, source=BLOCKED)[1],
    "odd_port": odd_port,
    "udp_server": udp_server,
    "listener": lambda: listener("::ffff:" + BLOCKED),
}


def enter(path):
    with open(path, encoding="ascii") as file:
        calls.check(calls.libc.setns(file.fileno(), CLONE_NEWNET))


def move(cgroup):
    with open(cgroup + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))


def open_all(cases):
    opened = []
    namespace = iter(cases)
    for case in namespace:
        where = None
        if case == "in":
            where, case = next(namespace), next(namespace)
            enter("/run/netns/" + where)
        name, _, count = case.partition(":")
        opened.extend(((where + " " if where else "") + name, CASES[name]()) for _ in range(int(count or 1)))
        if where:
            enter("/proc/1/ns/net")
    return opened


def state(s):
    try:
        if s.type == socket.SOCK_STREAM and s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return "open"
        error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            return errno.errorcode[error]
        s.setblocking(False)
        if s.type != socket.SOCK_STREAM:
            s.send(b"\x08")
            return "open"
        return "open" if s.recv(1) else "ended"
    except BlockingIOError:
        return "open"
    except ConnectionRefusedError:
        return "open"  # nobody is there to read the datagram
    except OSError as e:
        return errno.errorcode[e.errno]


def run(command, ssh):
    """With ssh, a parent of the command has SSH_CONNECTION, and the command itself has not."""
    environment = {k: v for k, v in os.environ.items() if k != "SSH_CONNECTION"}
    if ssh:
        environment["SSH_CONNECTION"] = " ".join(str(w) for w in ssh.getpeername()[:2] + ssh.getsockname()[:2])
        command = ["sh", "-c", 'env -u SSH_CONNECTION "$@"; exit $?', "sh", *command]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    sys.stdout.write(result.stdout.decode())
    print("exit:", result.returncode)


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (65536, 65536))
    arguments = sys.argv[1:]
    ssh, gone = False, None
    if arguments[0] == "--ssh":
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write(arguments[1])
        del arguments[:2]
    elif arguments[0] == "--gone":
        gone = arguments[1]
        del arguments[:2]
        move(gone + "/gone")
    elif arguments[0] == "--ssh-connection":
        ssh = True
        del arguments[0]
    end = arguments.index("--")
    if gone:
        os.setresuid(-1, 4242, -1)
        kept.append(CASES["udp6"]())
        os.setresuid(-1, 0, -1)
    opened = open_all(arguments[:end])
    if gone:
        move(gone)
        os.rmdir(gone + "/gone")
    sys.stdout.flush()
    run(arguments[end + 1 :], opened[0][1] if ssh else None)
    found = {}
    for name, s in opened:
        now = f"{name}: {state(s)}"
        found[now] = found.get(now, 0) + 1
    for now, count in found.items():
        print(f"{now} x {count}" if count > 1 else now)


if __name__ == "__main__":
    main()
