# SPDX-License-Identifier: GPL-2.0-only
"""What root can try against the policy, each as a function that raises OSError when the kernel refuses it."""
import ctypes
import errno
import os
import platform
import struct
import subprocess
import sys
import threading
import time

SYS = {'x86_64': {'bpf': 321, 'renameat2': 316}, 'aarch64': {'bpf': 280, 'renameat2': 276}}[platform.machine()]
OPEN_TREE, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT = 428, 429, 430, 431, 432
PINS, SECOND = '/sys/fs/bpf/lsm-connect', '/run/lsmctl/bpf'
MS_MOVE, MS_BIND, MS_REC, MS_PRIVATE = 8192, 4096, 16384, 1 << 18
MNT_FORCE, MNT_DETACH = 1, 2
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def bpf(command, attr):
    data = ctypes.create_string_buffer(bytes(attr), 128)
    return check(libc.syscall(SYS['bpf'], command, data, 128)), data.raw


def mount(source, target, kind=None, flags=0):
    def text(word):
        return word.encode() if word else None
    check(libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), None))


def umount(target, flags=0):
    check(libc.umount2(target.encode(), flags))


def obj_get(path, flags=0):
    name = ctypes.create_string_buffer(path.encode())
    return bpf(7, struct.pack('=QII', ctypes.addressof(name), 0, flags))[0]


def ids(command):
    at = 0
    while True:
        try:
            _, attr = bpf(command, struct.pack('=II', at, 0))
        except OSError:
            return
        at = struct.unpack('=II', attr[:8])[1]
        yield at


def info(fd):
    buffer = ctypes.create_string_buffer(256)
    bpf(15, struct.pack('=IIQ', fd, 256, ctypes.addressof(buffer)))
    return buffer.raw


# All other maps decide.
ONLY_TELL = {'reports', 'rings', 'learned', 'run_seen', 'named', 'names'}


def deciding_pins():
    return [f'{PINS}/{name}' for name in os.listdir(PINS) if name.startswith('map_') and name[4:] not in ONLY_TELL]


def map_id(fd):
    return struct.unpack('=II', info(fd)[:8])[1]


def maps_of_policy():
    """Their ids, while they can be opened."""
    for path in deciding_pins():
        fd = obj_get(path)
        yield map_id(fd)
        os.close(fd)
    inner = (sizes['chunk'], 40, 24)
    for number in ids(12):
        try:
            fd, _ = bpf(14, struct.pack('=III', number, 0, 0))
        except OSError:
            continue
        raw = info(fd)
        os.close(fd)
        kind, _, _, size = struct.unpack('=IIII', raw[:16])
        if kind == 2 and size in inner:
            yield number


sizes = {'chunk': 65536}
LIST = os.environ['LIST']


def write_list(numbers):
    with open(LIST, 'w', encoding='ascii') as file:
        file.write(' '.join(str(number) for number in numbers))


def pin(fd, name):
    path = ctypes.create_string_buffer(f'{PINS}/{name}'.encode())
    bpf(6, struct.pack('=QI', ctypes.addressof(path), fd))


def decoy():
    """Pins as a policy has, without one, and only for this process."""
    check(libc.unshare(0x00020000))
    mount(None, '/', None, MS_REC | MS_PRIVATE)
    mount('bpf', '/sys/fs/bpf', 'bpf')
    os.makedirs(SECOND, exist_ok=True)
    mount('/sys/fs/bpf', SECOND, None, MS_BIND)
    os.mkdir(PINS)
    numbers = []
    for name in ('config', 'rules', 'marks', 'exes'):
        fd, _ = bpf(0, struct.pack('=IIII', 2, 4, 8, 1))
        numbers.append(map_id(fd))
        pin(fd, f'map_{name}')
        os.close(fd)
    write_list(numbers)
    root = os.open(cgroup_root(), os.O_RDONLY)
    link, _ = bpf(28, struct.pack('=IIII', allow_all(), root, 1, 0))
    for name in ('egress', 'run_egress', 'socket_connect', 'socket_sendmsg'):
        pin(link, f'link_{name}')
    os.close(link)


def each_map(flags):
    with open(LIST, encoding='ascii') as file:
        numbers = [int(word) for word in file.read().split()]
    got = 0
    for number in numbers:
        try:
            os.close(bpf(14, struct.pack('=III', number, 0, flags))[0])
            got += 1
        except OSError as error:
            last = error
    if not got:
        raise last


def each_pinned_map(flags):
    got = 0
    for path in deciding_pins():
        try:
            os.close(obj_get(path, flags))
            got += 1
        except OSError as error:
            last = error
    if not got:
        raise last


def write_config():
    fd = obj_get(f'{PINS}/map_config')
    size = struct.unpack('=IIII', info(fd)[:16])[3]
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(size)
    bpf(1, struct.pack('=I4xQQ', fd, ctypes.addressof(key), ctypes.addressof(value)))
    bpf(2, struct.pack('=I4xQQQ', fd, ctypes.addressof(key), ctypes.addressof(value), 0))


INSN = struct.Struct('=BBhi')
LICENSE = ctypes.create_string_buffer(b'GPL')


def prog_load(kind, attach, insns, **more):
    code = ctypes.create_string_buffer(b''.join(INSN.pack(*i) for i in insns))
    attr = bytearray(128)
    struct.pack_into('=IIQQ', attr, 0, kind, len(insns), ctypes.addressof(code), ctypes.addressof(LICENSE))
    struct.pack_into('=I', attr, 68, attach)
    struct.pack_into('=I', attr, 108, more.get('btf_id', 0))
    return bpf(5, attr)[0]


def program_on_map():
    """A socket filter that uses the map through a read-only fd: it could write it."""
    fd = obj_get(f'{PINS}/map_config', 8)
    os.close(prog_load(1, 0, [(0x18, 0x11, 0, fd), (0, 0, 0, 0), (0xb7, 0, 0, 0), (0x95, 0, 0, 0)]))


def outer_map():
    """The policy's map in an outer map of one's own, which a program of one's own can find it in."""
    fd = obj_get(f'{PINS}/map_config', 8)
    outer, _ = bpf(0, struct.pack('=IIIIII', 12, 4, 4, 1, 0, fd))
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(struct.pack('=I', fd))
    bpf(2, struct.pack('=I4xQQQ', outer, ctypes.addressof(key), ctypes.addressof(value), 0))


def freeze():
    bpf(22, struct.pack('=I', obj_get(f'{PINS}/map_marks', 8)))


def allow_all():
    """A cgroup_skb program for egress that lets all pass."""
    return prog_load(8, 1, [(0xb7, 0, 0, 1), (0x95, 0, 0, 0)])


def link_detach(name='egress'):
    bpf(34, struct.pack('=I', obj_get(f'{PINS}/link_{name}')))


def link_detach_by_id():
    for number in ids(31):
        fd, _ = bpf(30, struct.pack('=III', number, 0, 0))
        if struct.unpack('=I', info(fd)[:4])[0] == 3:  # to a cgroup
            bpf(34, struct.pack('=I', fd))
            return
    raise OSError(errno.ENOENT, 'no link')


def link_update():
    bpf(29, struct.pack('=IIII', obj_get(f'{PINS}/link_egress'), allow_all(), 0, 0))


def link_detach_raced():
    """Another thread puts the link where a harmless one was, between the check and the use."""
    link, other = obj_get(f'{PINS}/link_egress'), os.open('/dev/null', os.O_RDONLY)
    slot, going = os.dup(other), True

    def swap():
        while going:
            os.dup2(link, slot)
            os.dup2(other, slot)

    sys.setswitchinterval(0.0001)  # else all tries may come in one turn of this thread
    thread = threading.Thread(target=swap)
    thread.start()
    last = OSError(errno.EPERM, 'never')
    end = time.monotonic() + 1
    try:
        while time.monotonic() < end:
            try:
                bpf(34, struct.pack('=I', slot))
                return
            except OSError as error:
                last = error
    finally:
        going = False
        thread.join()
    raise last


def cgroup_detach():
    root = os.open(cgroup_root(), os.O_RDONLY)
    bpf(9, struct.pack('=IIII', root, 0, 1, 0))


def cgroup_root():
    with open('/proc/self/mounts', encoding='utf-8') as mounts:
        return [line.split()[1] for line in mounts if line.split()[2] == 'cgroup2'][0]


def lsm_program(name):
    programs = os.environ['PROGRAMS']
    done = subprocess.run([f'{programs}/attach', f'{programs}/{name}.bpf.o', 'foreign', '/sys/fs/bpf/foreign',
                           '/nowhere'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise OSError(errno.EPERM, 'it is not loaded')


def extension():
    prog_load(28, 0, [(0xb7, 0, 0, 0), (0x95, 0, 0, 0)])


def sysctl(path='/proc/sys/kernel/ftrace_enabled'):
    with open(path, 'w', encoding='ascii') as file:
        file.write('0')


def sysctl_elsewhere():
    os.makedirs('/tmp/proc', exist_ok=True)
    mount('proc', '/tmp/proc', 'proc')
    try:
        sysctl('/tmp/proc/sys/kernel/ftrace_enabled')
    finally:
        umount('/tmp/proc')
        os.rmdir('/tmp/proc')


def rename_over():
    fd, _ = bpf(0, struct.pack('=IIII', 2, 4, 4, 1))
    name = ctypes.create_string_buffer(b'/sys/fs/bpf/mine')
    bpf(6, struct.pack('=QI', ctypes.addressof(name), fd))
    try:
        os.rename('/sys/fs/bpf/mine', f'{PINS}/link_socket_connect')
    except OSError:
        os.unlink('/sys/fs/bpf/mine')
        raise


def exchange():
    os.mkdir('/sys/fs/bpf/mine')
    try:
        check(libc.syscall(SYS['renameat2'], -100, b'/sys/fs/bpf/mine', -100, PINS.encode(), 2))
    finally:
        try:
            os.rmdir('/sys/fs/bpf/mine')
        except OSError:
            pass


def link_pin_elsewhere():
    os.rename(f'{PINS}/link_socket_sendmsg', '/sys/fs/bpf/mine')


def pin_own():
    fd, _ = bpf(0, struct.pack('=IIII', 2, 4, 4, 1))
    name = ctypes.create_string_buffer(f'{PINS}/link_mine'.encode())
    bpf(6, struct.pack('=QI', ctypes.addressof(name), fd))


def move(source, target='/tmp/moved'):
    os.makedirs(target, exist_ok=True)
    mount('tmpfs', target, 'tmpfs')
    mount(None, target, None, MS_PRIVATE)
    os.mkdir(f'{target}/at')
    try:
        mount(source, f'{target}/at', None, MS_MOVE)
    except OSError:
        umount(target, MNT_DETACH)
        os.rmdir(target)
        raise


def move_new(source):
    """The same by the newer calls."""
    target = '/tmp/moved'
    os.makedirs(target, exist_ok=True)
    mount('tmpfs', target, 'tmpfs')
    mount(None, target, None, MS_PRIVATE)
    os.mkdir(f'{target}/at')
    try:
        check(libc.syscall(MOVE_MOUNT, -100, source.encode(), -100, f'{target}/at'.encode(), 0))
    except OSError:
        umount(target, MNT_DETACH)
        os.rmdir(target)
        raise


def over_new(target):
    """A new file system over it, by the newer calls."""
    fs = check(libc.syscall(FSOPEN, b'tmpfs', 0))
    check(libc.syscall(FSCONFIG, fs, 6, None, None, 0))
    new = check(libc.syscall(FSMOUNT, fs, 0, 0))
    check(libc.syscall(MOVE_MOUNT, new, b'', -100, target.encode(), 4))


def over_clone(target):
    tree = check(libc.syscall(OPEN_TREE, -100, b'/dev', 1))
    check(libc.syscall(MOVE_MOUNT, tree, b'', -100, target.encode(), 4))
