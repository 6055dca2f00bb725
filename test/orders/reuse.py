"""A launcher of the compiler that takes an object from a build which has compiled the same source with the same flags.

reuse.py LIST BUILD... -- COMPILER ARGUMENTS...

What no such build has is compiled, and the source's path is appended to the file LIST, for a batch of sources those of
all of them.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import sys

# Options with a file that depends on the build; what else there is must be equal. A batch lies in the build, and so do the
# headers that it has compiled for all, which are included first.
OWN = {"-c", "-o", "-MF", "-MT", "-MQ", "-include"}


def sources_of(file):
    """The source, or those of a batch, which lies in the build."""
    if pathlib.Path(file).parent.name != "Unity":
        return [file]
    return re.findall(r'^#include "(.*)"$', pathlib.Path(file).read_text(), re.MULTILINE)


def parsed(arguments, compiler):
    """The flags without those of the build itself, and the output."""
    flags, output, rest = [], None, iter(arguments[arguments.index(compiler) + 1 :])
    for argument in rest:
        if argument in OWN:
            value = next(rest)
            output = value if argument == "-o" else output
        elif argument not in ("-MD", "-MMD"):
            flags.append(argument)
    return flags, output


def object_of(build, source, flags, compiler):
    """The object that the build has made of the source with these flags, if any."""
    database = build / "compile_commands.json"
    if not database.exists():
        return None
    sources = sources_of(source)
    for entry in json.loads(database.read_text()):
        if sources_of(entry["file"]) != sources:
            continue
        arguments = shlex.split(entry["command"])
        if compiler not in arguments:
            continue
        known, output = parsed(arguments, compiler)
        made = pathlib.Path(entry["directory"], output)
        newest = max(os.stat(each).st_mtime for each in sources)
        if known == flags and made.exists() and made.stat().st_mtime >= newest:
            return made
    return None


def main():
    split = sys.argv.index("--")
    listing, builds, command = sys.argv[1], sys.argv[2:split], sys.argv[split + 1 :]
    compiler = command[0]
    if "-c" in command:
        source = command[command.index("-c") + 1]
        flags, output = parsed(command, compiler)
        for build in builds:
            made = object_of(pathlib.Path(build), source, flags, compiler)
            if made:
                shutil.copyfile(made, output)
                if "-MF" in command:  # nobody builds here twice
                    pathlib.Path(command[command.index("-MF") + 1]).write_text(f"{output}: {source}\n")
                return
        with open(listing, "a") as file:
            file.writelines(each + "\n" for each in sources_of(source))
    os.execvp(compiler, command)


main()
