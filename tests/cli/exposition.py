#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads metrics as strictly as Prometheus' text format 0.0.4 is written down, and then some: exposition.py FILE EXPRESSION

The expression must hold; in it m(NAME, LABEL=VALUE...) is a sample's value, None if there is none, and all(NAME) is
every sample of a metric, a list of its labels, a dict, with the value."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"bad labels: {text!r}"
        name, value, _ = found.groups()
        assert name not in labels and not name.startswith("__"), f"bad label: {name}"
        labels[name] = re.sub(r"\\.", lambda escape: ESCAPES[escape[0]], value)
        at = found.end()
    return labels


def parse(text):
    metrics, kind, described, ended = {}, None, None, set()
    assert text.endswith("\n"), "no newline at the end"
    assert all(c == "\n" or c.isprintable() for c in text), "control characters"
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            found = re.fullmatch(rf"# HELP ({NAME}) (\S.*\S)", line)
            assert found and found[1] not in ended, f"bad: {line!r}"
            described, kind = found[1], None
            assert re.fullmatch(r"(?:[^\\]|\\[\\n])*", found[2]), f"bad help: {line!r}"
        elif line.startswith("# TYPE "):
            found = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
            assert found and found[1] == described and not kind, f"bad: {line!r}"
            kind = found[2]
            assert described.startswith("lsmctl_"), f"bad name: {described}"
            assert described.endswith("_total") == (kind == "counter"), f"bad name: {described} is a {kind}"
            ended.add(described)
            metrics[described] = {}
        else:
            found = re.fullmatch(rf"({NAME})(?:\{{(.+)\}})? ([0-9]+(?:\.[0-9]+)?)", line)
            assert found and kind and found[1] == described, f"bad: {line!r}"
            labels = labels_of(found[2] or "")
            key = tuple(sorted(labels.items()))
            assert key not in metrics[described], f"twice: {line!r}"
            metrics[described][key] = float(found[3])
    return metrics


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        metrics = parse(file.read())
    names = {
        "m": lambda name, **labels: metrics.get("lsmctl_" + name, {}).get(tuple(sorted(labels.items()))),
        "all": lambda name: [(dict(key), value) for key, value in metrics["lsmctl_" + name].items()],
        "names": set(metrics),
    }
    assert eval("(" + sys.argv[2] + ")", names), "not so: " + sys.argv[2]


main()
