#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds lsmctl-json(5) against what lsmctl printed: json5.py PAGE PRINTED [SECTION...]

PRINTED has a line for each document: the name of the page's section for it, a tab, and the document. Everything in them
must be in the page, with the types and values that it has there; and each field, type and value of the page must be in
one of them: all of the page, or of the SECTIONs that are named. The examples in the page must be as it says, too.
"""

import json
import re
import sys

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?[+-]\d\d:\d\d"
SIMPLE = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
    "boolean": lambda v: isinstance(v, bool),
    "true": lambda v: v is True,
    "false": lambda v: v is False,
    "null": lambda v: v is None,
    "time": lambda v: isinstance(v, str) and re.fullmatch(TIME, v) is not None,
    "object": lambda v: isinstance(v, dict),
}


class Section:
    """What stands under one .Ss: its fields, or the values that it is one of."""

    def __init__(self, title):
        self.title = title
        self.names = title.split(", ")
        self.fields = {}  # "programs[].hook": (types, whether it may be absent)
        self.values = []  # types, of what is no object
        self.examples = []


def types_of(words):
    """[(whether it is a value, its name)] of the words "Cm a | b | Em null"."""
    types, value = [], False
    for word in words:
        if word in ("Em", "Cm"):
            value = word == "Cm"
        elif word != "|":
            types.append((value, word))
    return types


def read_page(path):
    """The sections under DOCUMENTS, and those under OBJECTS, by their names."""
    documents, objects = {}, {}
    into, section, example = None, None, None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        words = line.split()
        if line.startswith(".Sh "):
            into = {".Sh DOCUMENTS": documents, ".Sh OBJECTS": objects}.get(line)
        elif into is None:
            continue
        elif line.startswith(".Ss "):
            section = Section(line[4:])
            for name in section.names:
                assert name not in into, f"{name}: twice"
                into[name] = section
        elif line.startswith(".It Cm "):
            section.values += types_of(words[1:])
        elif line.startswith(".It "):
            optional = words[1] == "Op"
            assert words[1 + optional] == "Va", line
            section.fields[words[2 + optional]] = types_of(words[3 + optional :]), optional
        elif line.startswith(".Bd "):
            example = []
        elif line == ".Ed":
            section.examples.append("".join(example))
            example = None
        elif example is not None:
            example.append(line)
    return documents, objects


class Checker:
    def __init__(self, documents, objects):
        self.documents, self.objects = documents, objects
        self.seen = set()  # (section, field, type)
        self.wrong = []

    def is_document(self, value):
        """Whether it is one that any of the commands prints. Takes no note of it."""
        for section in set(self.documents.values()):
            trial = Checker(self.documents, self.objects)
            trial.document(section, value)
            if not trial.wrong:
                return True
        return False

    def matches(self, section, path, type_, value):
        """Whether a value is of that type. What it has inside is looked at only if it could be nothing else."""
        literal, name = type_
        if literal:
            return value == name
        if name in SIMPLE:
            return SIMPLE[name](value)
        if name == "document":
            return isinstance(value, dict) and self.is_document(value)
        target = self.objects[name]
        if target.values:
            return self.alternatives(target, name, target.values, value)
        if not isinstance(value, dict):
            return False
        self.object(target, "", value)
        return True

    def alternatives(self, section, path, types, value):
        for type_ in types:
            if self.matches(section, path, type_, value):
                self.seen.add((section.title, path, type_))
                return True
        return False

    def field(self, section, path, value):
        types, _ = section.fields[path]
        elements = value if path.endswith("[]") else [value]
        if not isinstance(elements, list):
            self.wrong.append(f"{section.title}: {path} is no array: {value}")
            return
        for element in elements:
            if not self.alternatives(section, path, types, element):
                self.wrong.append(f"{section.title}: {path} is {json.dumps(element)[:200]}")
            elif isinstance(element, dict) and (False, "object") in types:
                self.object(section, path + ".", element)

    def object(self, section, prefix, value):
        here = {}  # the names of this object's own fields
        for path in section.fields:
            if path.startswith(prefix) and "." not in path[len(prefix) :]:
                here[path[len(prefix) :].removesuffix("[]")] = path
        for name in value:
            if name in here:
                self.field(section, here[name], value[name])
            else:
                self.wrong.append(f"{section.title}: {prefix}{name} is not in the page")
        for name, path in here.items():
            if name not in value and not section.fields[path][1]:
                self.wrong.append(f"{section.title}: there is no {path}: {json.dumps(value)[:200]}")

    def document(self, section, value):
        if list(value)[:1] != ["schema"] or value["schema"] != 2:
            self.wrong.append(f"{section.title}: schema is not first, or not 2")
        value = {name: value[name] for name in value if name != "schema"}
        self.object(section, "", value)

    def never_seen(self, section):
        fields = {path: types for path, (types, _) in section.fields.items()}
        if section.values:
            fields[section.title] = section.values
        for path, types in fields.items():
            for type_ in types:
                if (section.title, path, type_) not in self.seen:
                    yield f"{section.title}: {path} was never {type_[1]}"


def main():
    page, printed, *only = sys.argv[1:]
    documents, objects = read_page(page)
    examples = Checker(documents, objects)
    for section in set(documents.values()):
        if not section.examples:
            examples.wrong.append(f"{section.title}: no example")
        for example in section.examples:
            examples.document(section, json.loads(example))
    real = Checker(documents, objects)
    names = set()
    for line in open(printed, encoding="utf-8"):
        name, document = line.split("\t", 1)
        names.add(name)
        if name in documents:
            real.document(documents[name], json.loads(document))
        else:
            real.wrong.append(f"{name} has no section in the page")
    for name, section in list(documents.items()) + list(objects.items()):
        if only and name not in only:
            continue
        if name in documents and name not in names:
            real.wrong.append(f"{name}: none was printed")
        real.wrong += real.never_seen(section)
    wrong = examples.wrong + list(dict.fromkeys(real.wrong))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main())
