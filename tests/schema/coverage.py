#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tables of libocispec hold every Linux property of the runtime specification?

Walks the specification's JSON Schema and newer.txt beside this file, and compares with what the
program `shapes` prints of the tables: paths, types, words, required keys, and that no range of
ours is narrower than the schema's where NARROWER does not say so.

OCI_SCHEMA_DIR names the schema's directory, SHAPES the program.  Without a schema only newer.txt
is checked and the test counts as skipped (exit status 77).
"""

import fnmatch
import json
import os
import subprocess
import sys

SCHEMA_DIR = os.environ.get(
    "OCI_SCHEMA_DIR",
    "/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema")
HERE = os.path.dirname(os.path.abspath(__file__))

DOCUMENTS = {
    "config": "config-schema.json",
    "state": "state-schema.json",
    "features": "features-schema.json",
}

# Properties of the schema that are deliberately unknown to us.
NOT_OURS = {
    "config solaris": "another system",
    "config windows": "another system",
    "config vm": "another system",
    "config zos": "another system",
    "config freebsd": "another system",
    "config process.commandLine": "Windows only (config.md)",
    "config process.user.username": "Windows only (config.md)",
    "config linux.intelRdt.enableCMT": "removed in 1.3.0",
    "config linux.intelRdt.enableMBM": "removed in 1.3.0",
}

# Keys that the schema requires and the prose, which wins, does not; or whose absence is judged later.
NOT_REQUIRED = {
    "config process.consoleSize.height": "without a terminal no size may refuse a config",
    "config process.consoleSize.width": "without a terminal no size may refuse a config",
    "config linux.resources.pids.limit": "optional by the prose",
}

# Ranges that are narrower here than in the schema because the prose or the kernel is.
NARROWER = {
    "config process.user.umask": "umask(2) would drop other bits silently",
    "config process.oomScoreAdj": "proc(5)",
    "config hooks.*.timeout": "counted in nanoseconds later",
    "config linux.resources.memory.swappiness": "0 to 100 (config-linux.md)",
    "config linux.resources.cpu.idle": "0 or 1 (config-linux.md)",
    "config linux.seccomp.syscalls[].args[].index": "a system call has six arguments",
    "config linux.timeOffsets.*.nanosecs": "below one second",
    "config process.scheduler.nice": "sched_setattr(2) would bend it into range",
    "config process.ioPriority.priority": "0 to 7 (config.md)",
    "state pid": "a pid_t",
}


class Tables:
    """What `shapes` printed."""

    def __init__(self, text):
        self.types, self.ranges, self.words, self.required = {}, {}, {}, set()
        for line in text.splitlines():
            document, path, kind, *rest = line.split()
            name = f"{document} {path}"
            if kind == "word":
                self.words.setdefault(name, set()).add(rest[0])
                continue
            self.types[name] = kind
            if kind == "integer":
                self.ranges[name] = int(rest[0]), int(rest[1])
            if rest[-1:] == ["required"]:
                self.required.add(name)


class Check:
    """Walks schema and list, and collects what is missing."""

    def __init__(self, tables):
        self.tables, self.faults, self.seen = tables, [], 0
        self.loaded = {}

    def fault(self, name, text):
        if f"{name}: {text}" not in self.faults:
            self.faults.append(f"{name}: {text}")

    def resolve(self, reference, file):
        """A $ref to the schema it names and the file that it is in."""
        where, _, pointer = reference.partition("#")
        file = where or file
        if file not in self.loaded:
            with open(os.path.join(SCHEMA_DIR, file), encoding="utf-8") as stream:
                self.loaded[file] = json.load(stream)
        schema = self.loaded[file]
        for part in pointer.strip("/").split("/"):
            schema = schema[part] if part else schema
        return schema, file

    def type_is(self, name, kind):
        self.seen += 1
        ours = self.tables.types.get(name)
        if ours is None:
            self.fault(name, "no table holds this property")
        elif kind and ours != kind:
            self.fault(name, f"is {kind} in the specification, {ours} in the table")
        return ours is not None

    def range_is(self, name, schema):
        excused = any(same_place(name, place) for place in NARROWER)
        low, high = self.tables.ranges.get(name, (None, None))
        if low is None or excused:
            return
        if "minimum" in schema and low > schema["minimum"]:
            self.fault(name, f"minimum {low} is narrower than {schema['minimum']}")
        if "maximum" in schema and high < schema["maximum"]:
            self.fault(name, f"maximum {high} is narrower than {schema['maximum']}")

    def value(self, name, schema, file):
        if "$ref" in schema:
            schema, file = self.resolve(schema["$ref"], file)
            return self.value(name, schema, file)
        for part in schema.get("allOf", []) + schema.get("anyOf", []):
            self.value(name, part, file)
        if "type" in schema and not self.type_is(name, schema["type"]):
            return None
        self.range_is(name, schema)
        for word in schema.get("enum", []):
            if word not in self.tables.words.get(name, ()):
                self.fault(name, f"the word {word} is in no table")
        if "items" in schema:
            self.value(name + "[]", schema["items"], file)
        others = list(schema.get("patternProperties", {}).values())
        if isinstance(schema.get("additionalProperties"), dict):
            others.append(schema["additionalProperties"])
        for inner in others:
            self.value(name + ".*", inner, file)
        self.members(name + ".", schema, file)
        return None

    def members(self, prefix, schema, file):
        for key, inner in schema.get("properties", {}).items():
            if prefix + key not in NOT_OURS:
                self.value(prefix + key, inner, file)
        for key in schema.get("required", []):
            name = prefix + key
            if name not in self.tables.required and name not in NOT_REQUIRED:
                self.fault(name, "the specification requires it, the table does not")

    def document(self, document, file):
        schema, _ = self.resolve("#", file)
        self.members(document + " ", schema, file)

    def newer(self, path):
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                words = line.split("#")[0].split()
                if not words:
                    continue
                name = " ".join(words[:2])
                if words[2] != "word":
                    self.type_is(name, words[2])
                elif words[3] not in self.tables.words.get(name, ()):
                    self.fault(name, f"the word {words[3]} is in no table")


def same_place(name, place):
    """True when @name is @place, in which '*' may stand for any key; list marks do not matter."""
    return fnmatch.fnmatchcase(name.replace("[]", ""), place.replace("[]", ""))


def main():
    shapes = os.environ.get("SHAPES", "./tests/schema/shapes")
    output = subprocess.run([shapes], check=True, capture_output=True, text=True).stdout
    check = Check(Tables(output))
    check.newer(os.path.join(HERE, "newer.txt"))
    present = os.path.exists(os.path.join(SCHEMA_DIR, DOCUMENTS["config"]))
    for document, file in DOCUMENTS.items():
        if os.path.exists(os.path.join(SCHEMA_DIR, file)):
            check.document(document, file)
    for fault in check.faults:
        print(fault)
    print(f"{check.seen} properties compared, {len(check.faults)} faults")
    if check.faults:
        return 1
    if not present:
        print(f"skipped: no schema in {SCHEMA_DIR} (golang-github-opencontainers-specs-dev)")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
