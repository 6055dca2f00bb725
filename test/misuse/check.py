#!/usr/bin/env python3
"""Compiles misuse.cpp, each of whose lines behind a comment `// wanted: SENTENCE` is a mistake, and expects of every
mistake one error, the one with the sentence. check.py COMPILE_COMMANDS SOURCE"""
import json
import pathlib
import re
import shlex
import subprocess
import sys

commands, source = map(pathlib.Path, sys.argv[1:])
entry = next(one for one in json.loads(commands.read_text()) if one["file"] == str(source))
command = shlex.split(entry["command"])
if "ccache" in command[0]:
    command.pop(0)
del command[command.index("-o"):command.index("-o") + 2]
if "clang" in command[0]:
    command.append("-ferror-limit=0")
done = subprocess.run([*command, "-fsyntax-only", "-w", "-fdiagnostics-color=never"], cwd=entry["directory"], text=True,
                      capture_output=True)

lines = source.read_text().splitlines()
wanted = {number + 2: line.split("// wanted: ", 1)[1] for number, line in enumerate(lines) if "// wanted: " in line}

# What an error is about: the line of misuse.cpp that GCC names before it, or Clang behind it, or the error's own.
errors, about = [], None
for line in done.stderr.splitlines():
    here = re.search(rf"{re.escape(source.name)}:(\d+):", line)
    error = re.search(r"error: (?:static assertion failed(?: due to requirement '.*')?: )?(.*)", line)
    if here and (error or "required from here" in line):
        about = int(here[1])
    if error:
        errors.append([about, error[1].strip('"')])
    elif here and errors and "requested here" in line:
        errors[-1][0] = int(here[1])
got = {}
for number, text in errors:
    got.setdefault(number, []).append(text)

faults = 0
for number in sorted({*wanted, *(n for n in got if n is not None)}):
    errors, want = got.get(number, []), wanted.get(number)
    if want is None or len(errors) != 1 or want not in errors[0]:
        faults += 1
        print(f"{source.name}:{number}: wanted one error with {want!r}, got {errors}")
if None in got:
    faults += 1
    print("an error about no line:", got[None])
print(f"{len(wanted)} mistakes, {faults} of them answered otherwise")
sys.exit(1 if faults or not wanted else 0)
