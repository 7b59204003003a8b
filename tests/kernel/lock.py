#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
lock.py list|locked|open [NAME...]: what root can do to a loaded policy by files, mounts, bpf(2) and sysctl.

list: writes the ids of the policy's maps into the file $LIST, for "locked".
locked: on a locked policy, here and in a privileged container: namespaces of its own, all capabilities, its mounts peers
of the host's, or its own. None may succeed; what a container does to mounts of its own must not show on the host. Each
attempt runs in a process of its own; then the policy is looked at from outside.
open: without a lock, on pins that have the shape of a policy's, each time made anew in a mount namespace of their own.
Each must succeed, or "locked" would prove nothing. Of some the errnos are listed by which a kernel refuses them by itself.
"""
import errno
import os
import socket
import sys

from lock_acts import *  # pylint: disable=wildcard-import,unused-wildcard-import

# Name: what it does, and the errnos by which kernels refuse it without a lock.
ATTEMPTS = {
    'unlink a link': (lambda: os.unlink(f'{PINS}/link_socket_connect'), ()),
    'unlink a map': (lambda: os.unlink(f'{PINS}/map_config'), ()),
    'unlink by the second mount': (lambda: os.unlink(f'{SECOND}/lsm-connect/link_socket_sendmsg'), ()),
    'rename a link': (link_pin_elsewhere, ()),
    'rename over a link': (rename_over, ()),
    'rename the directory': (lambda: os.rename(PINS, '/sys/fs/bpf/elsewhere'), ()),
    'exchange the directory': (exchange, (errno.EINVAL,)),
    'chmod the directory': (lambda: os.chmod(PINS, 0o777), ()),
    'chown the directory': (lambda: os.chown(PINS, 1, 1), ()),
    'chmod a map': (lambda: os.chmod(f'{PINS}/map_config', 0o666), ()),
    'a pin of one\'s own': (pin_own, ()),
    'a directory of one\'s own': (lambda: os.mkdir(f'{PINS}/link_mine'), ()),
    'umount': (lambda: umount('/sys/fs/bpf'), ()),
    'umount, detached': (lambda: umount('/sys/fs/bpf', MNT_DETACH), ()),
    'umount, forced': (lambda: umount('/sys/fs/bpf', MNT_FORCE), ()),
    'umount the second': (lambda: umount(SECOND, MNT_DETACH), ()),
    'umount sys': (lambda: umount('/sys', MNT_DETACH), ()),
    'mount over the pins': (lambda: mount('tmpfs', PINS, 'tmpfs'), ()),
    'mount over the file system': (lambda: mount('bpf', '/sys/fs/bpf', 'bpf'), ()),
    'mount over sys': (lambda: mount('tmpfs', '/sys', 'tmpfs'), ()),
    'mount over sys/fs': (lambda: mount('/dev', '/sys/fs', None, MS_BIND), ()),
    'mount over the second': (lambda: mount('tmpfs', SECOND, 'tmpfs'), ()),
    'mount over run/lsmctl': (lambda: mount('tmpfs', '/run/lsmctl', 'tmpfs'), ()),
    'bind mount over the pins': (lambda: mount('/dev', PINS, None, MS_BIND | MS_REC), ()),
    'new mount over the pins': (lambda: over_new(PINS), ()),
    'clone over the pins': (lambda: over_clone(PINS), ()),
    'new mount over sys': (lambda: over_new('/sys'), ()),
    'move the mount': (lambda: move('/sys/fs/bpf'), (errno.EINVAL,)),
    'move sys': (lambda: move('/sys'), (errno.EINVAL,)),
    'move the second': (lambda: move(SECOND), (errno.EINVAL,)),
    'new move of the mount': (lambda: move_new('/sys/fs/bpf'), (errno.EINVAL,)),
    'maps by path': (lambda: each_pinned_map(0), ()),
    'maps by path, read-only': (lambda: each_pinned_map(8), ()),
    'maps by id': (lambda: each_map(0), ()),
    'maps by id, read-only': (lambda: each_map(8), ()),
    'write the configuration': (write_config, ()),
    'a program that uses a map': (program_on_map, ()),
    'an outer map that has a map': (outer_map, ()),
    'freeze a map': (freeze, (errno.EPERM,)),
    'detach a link': (link_detach, ()),
    'detach a link by id': (link_detach_by_id, ()),
    'detach a link, raced': (link_detach_raced, ()),
    'detach the link of runs': (lambda: link_detach('run_egress'), (errno.ENOENT,)),
    'update a link': (link_update, ()),
    'detach a security link': (lambda: link_detach('socket_connect'), (errno.EOPNOTSUPP,)),
    'detach from the cgroup': (cgroup_detach, (errno.ENOENT, errno.EPERM, errno.EINVAL)),
    'a program that cancels': (lambda: lsm_program('cancel-socket_connect'), ()),
    'a program in front': (lambda: lsm_program('front-socket_connect'), ()),
    'a program that replaces': (extension, (errno.EINVAL,)),
    'ftrace off': (sysctl, (errno.EBUSY, errno.EOPNOTSUPP)),
    'ftrace off by another proc': (sysctl_elsewhere, (errno.EBUSY, errno.EOPNOTSUPP)),
}
# Of these a container has others, which are its own affair: the second is private, and all are in one that stands alone.
OWN_WHEN_SHARED = {'mount over the second', 'move the second', 'mount over run/lsmctl'}
OWN_WHEN_ALONE = ('umount', 'mount', 'bind', 'new', 'clone', 'move')


def enforced():
    """How a blocked connection ends: without its hook, the backstop drops packets, and nothing comes back."""
    with socket.socket() as sock:
        sock.settimeout(0.5)
        try:
            sock.connect(('1.1.1.1', 80))
        except OSError as error:
            return error.errno or 'silence'
        return 'open'


def shape():
    """What can be seen of the policy from outside."""
    seen = []
    for path in (PINS, f'{SECOND}/lsm-connect'):
        try:
            entries = sorted(os.listdir(path))
            stats = [os.lstat(f'{path}/{entry}') for entry in entries] + [os.stat(path)]
        except OSError as error:
            seen.append(error.errno)
            continue
        seen.append([entries, [(s.st_dev, s.st_ino, s.st_mode, s.st_uid, s.st_nlink) for s in stats]])
    with open('/proc/sys/kernel/ftrace_enabled', encoding='ascii') as file:
        seen.append(file.read())
    seen.append(enforced())
    return seen


def attempt(act, contained):
    """Returns the errno of the attempt, or 0. Processes and namespaces end with it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        number = 0
        try:
            if contained == 'decoy':
                decoy()
            elif contained:
                check(libc.unshare(NAMESPACES))
                if contained == 'alone':
                    mount(None, '/', None, MS_REC | MS_PRIVATE)
                if os.fork():  # the first in a pid namespace of its own goes on
                    os.wait()
                    os._exit(0)
            act()
        except OSError as error:
            number = error.errno
        except BaseException as error:  # pylint: disable=broad-except
            sys.stderr.write(f'{error!r}\n')
            number = 255
        os.write(writing, bytes([number]))
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    said = os.read(reading, 1)
    os.close(reading)
    return said[0] if said else 255


def report(good, name, where, number):
    said = errno.errorcode.get(number, number) if number else 'done'
    print(f'{"ok" if good else "BAD"}: {name}, {where}: {said}', flush=True)
    return not good


def when_open(name):
    act, kernel = ATTEMPTS[name]
    number = attempt(act, 'decoy')
    with open('/proc/sys/kernel/ftrace_enabled', 'w', encoding='ascii') as file:
        file.write('1')
    return report(number == 0 or number in kernel, name, 'without a lock', number)


def when_locked(name, before):
    bad = 0
    for contained in ('', 'shared', 'alone'):
        number = attempt(ATTEMPTS[name][0], contained)
        after = shape()
        own = name in OWN_WHEN_SHARED if contained == 'shared' else contained and name.startswith(OWN_WHEN_ALONE)
        where = f'in a container, {contained}' if contained else 'on the host'
        bad += report(after == before and (own or number), name, where, number)
        if after != before:
            print('before:', before, '\nafter:', after)
            before[:] = after
    return bad


def main():
    wanted = [name for name in ATTEMPTS if not sys.argv[2:] or name in sys.argv[2:]]
    if sys.argv[1] == 'list':
        write_list(maps_of_policy())
        return
    before = shape()
    bad = sum(when_locked(name, before) if sys.argv[1] == 'locked' else when_open(name) for name in wanted)
    print(f'{len(wanted)} attempts, {bad} bad')
    sys.exit(bad != 0)


main()
