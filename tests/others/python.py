#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""python.py [MODULE...]: Python's own tests of what calls and is called, one line a test: its name, a tab, its outcome.

Each module runs in a process of its own, so that none takes another along; after a test that hangs or dies it goes on with
the next. What tests print goes to standard error only where one of them fails. An outcome names the exception, and the
errno, that a failure came with: a call that is refused looks different from one that times out.
"""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

# Seconds that a test may take, by the clock of the machine that it runs on.
LIMIT = 120

ASYNCIO = """base_events buffered_proto events futures locks pep492 proactor_events protocols queues runners
    selector_events sendfile server sock_lowlevel sslproto streams subprocess taskgroups tasks threads timeouts
    transports unix_events waitfor windows_events""".split()
MODULES = ["test." + name for name in """
    test_socket test_ssl test_ftplib test_urllib test_urllib2 test_urllib2_localnet test_urllib_response test_httplib
    test_httpservers test_http_cookiejar test_smtplib test_smtpd test_poplib test_imaplib test_nntplib test_telnetlib
    test_socketserver test_select test_selectors test_poll test_epoll test_asyncore test_asynchat test_timeout
    test_xmlrpc test_docxmlrpc test_wsgiref test_robotparser test_logging test_uuid test_syslog test_signal test_eintr
    test_subprocess test_posix test_pty test_openpty test_fcntl test_support test_nis test_netrc test_sched
    """.split()] + ["test.test_asyncio.test_" + name for name in ASYNCIO]

# They measure the machine's speed or ask hosts that a virtual machine cannot reach.
RESOURCES = ("urlfetch", "network", "walltime", "subprocess")


def cause(error):
    """What a failure came with, in words that are the same from run to run."""
    name = error[0].__name__
    number = getattr(error[1], "errno", None)
    return f"{name} {number}" if isinstance(number, int) else name


class Told(unittest.TestResult):
    """Writes each test's outcome as soon as it is known."""

    def __init__(self, out, tests):
        super().__init__()
        self.out, self.failed, self.said = out, {}, {}
        self.numbers = {id(test): number for number, test in enumerate(tests)}

    def tell(self, test, outcome):
        number = self.said[test.id()] = self.said.get(test.id(), 0) + 1
        name = test.id() if number == 1 else f"{test.id()}#{number}"
        self.write(f"{name}\t{outcome}")

    def write(self, line):
        self.out.write(line + "\n")
        self.out.flush()

    def trouble(self, test, how, error):
        print(f"--- {test.id()}\n{self._exc_info_to_string(error, test)}", file=sys.stderr)
        self.failed.setdefault(test, f"{how} {cause(error)}")

    def startTest(self, test):
        super().startTest(test)
        print(f"=== {test.id()}", file=sys.stderr, flush=True)
        self.write(f"start\t{self.numbers[id(test)]}")

    def stopTest(self, test):
        super().stopTest(test)
        if test in self.failed:
            self.tell(test, self.failed.pop(test))

    def addError(self, test, err):
        self.trouble(test, "failed", err)
        if not isinstance(test, unittest.TestCase):
            self.tell(test, self.failed.pop(test))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.trouble(test, "failed", err)

    def addSuccess(self, test):
        if test not in self.failed:
            self.tell(test, "passed")

    def addSkip(self, test, reason):
        # A part of a test that is skipped leaves the rest of it to say what came of it.
        if hasattr(test, "test_case"):
            return
        self.tell(test, "skipped")

    def addExpectedFailure(self, test, err):
        self.tell(test, "passed")

    def addUnexpectedSuccess(self, test):
        self.tell(test, "failed unexpectedly-passed")


def every(suite):
    """The tests of a suite, however deep."""
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from every(each)
        else:
            yield each


def one(module, start, descriptor):
    """In a process of its own: the tests of one module, from the one with this number."""
    from test import support
    support.use_resources = list(RESOURCES)
    with open(descriptor, "w", encoding="utf-8") as out:
        tests = list(every(unittest.defaultTestLoader.loadTestsFromName(module)))
        for number, test in enumerate(tests):
            out.write(f"{number}\t{test.id()}\n")
        out.write("begin\t\n")
        out.flush()
        unittest.TestSuite(tests[start:]).run(Told(out, tests))
        out.write("end\t\n")


def lines_of(pipe):
    """The lines that come, until none has come for LIMIT seconds."""
    rest = b""
    while select.select([pipe], [], [], LIMIT)[0]:
        read = os.read(pipe, 65536)
        if not read:
            return
        *whole, rest = (rest + read).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)


def attempt(module, start, names, outcomes, log):
    """Runs a module's tests from one on. Returns the number of the test that hung or killed it, or None."""
    inside, outside = os.pipe()
    with tempfile.TemporaryDirectory() as directory:
        child = subprocess.Popen([sys.executable, "-X", "faulthandler", os.path.abspath(__file__), "--one", module,
                                  str(start), str(outside)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 pass_fds=[outside], cwd=directory, start_new_session=True)
        os.close(outside)
        begun, at, ended = False, None, False
        for line in lines_of(inside):
            word, _, rest = line.partition("\t")
            if word == "begin":
                begun = True
            elif word == "end":
                ended = True
                break
            elif word == "start":
                at = int(rest)
            elif begun:
                outcomes[word] = rest
            else:
                names.setdefault(int(word), rest)
        os.close(inside)
        if not ended:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return None if ended or at is None else at


def run(module):
    """Runs a module and prints its outcomes."""
    names, outcomes, start, begun = {}, {}, 0, time.monotonic()
    with tempfile.TemporaryFile() as log:
        while start is not None:
            stuck = attempt(module, start, names, outcomes, log)
            if stuck is not None:
                outcomes.setdefault(names[stuck], "failed stuck")
            start = None if stuck is None or stuck + 1 not in names else stuck + 1
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    for name in names.values():
        outcomes.setdefault(name, "not-run")
    if not names:
        outcomes[module] = "failed to load"
    for name, outcome in outcomes.items():
        # Addresses of objects differ each time.
        print(re.sub(r"0x[0-9a-f]+", "0x", " ".join(name.split())), outcome, sep="\t")
    sys.stdout.flush()
    print(f"{module}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if any(outcome.startswith("failed") for outcome in outcomes.values()):
        print(f"##### {module}\n{said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        for each in sys.argv[1:] or MODULES:
            run(each)
