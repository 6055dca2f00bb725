"""What the world's servers need: found on this machine, or built below build/world at the first use."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TOOLS = ROOT / "build/world"
NUMBER = re.compile(r"\d+(?:\.\d+)+")


class Missing(Exception):
    """A server can't be measured here; the text says what to do."""


def found(tool, how, *places):
    path = shutil.which(tool) or next((each for each in places if os.access(each, os.X_OK)), None)
    if not path:
        raise Missing(f"no {tool}: {how}")
    return path


def ran(command, **how):
    """What it wrote; its fault is one line and the name of the log."""
    result = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    if result.returncode:
        log = TOOLS / f"{pathlib.Path(str(command[0])).name}.log"
        log.write_text(result.stdout)
        raise Missing(f"{' '.join(map(str, command[:3]))} failed, see {log.relative_to(ROOT)}")
    return result.stdout


def version(text):
    number = NUMBER.search(text)
    return number.group(0) if number else "?"


def told(command, flag, how, *places):
    """The version that a program tells of itself."""
    return version(ran([found(command, how, *places), flag]))


def changed(made, *sources):
    return not made.exists() or any(each.stat().st_mtime > made.stat().st_mtime for each in sources)


def go():
    tool = found("go", "install Go", "/usr/local/go/bin/go")
    ran([tool, "build", "-o", TOOLS / "go_server", HERE / "main.go"], env={**os.environ, "CGO_ENABLED": "0"})
    return version(ran([tool, "version"]))


def python(package):
    wanted, venv = HERE / "requirements.txt", TOOLS / "venv"
    if changed(venv / "installed", wanted):
        ran([sys.executable, "-m", "venv", "--clear", venv])
        ran([venv / "bin/pip", "install", "-q", "-r", wanted])
        (venv / "installed").touch()
    return version(re.search(f"^{package}==.*", wanted.read_text(), re.MULTILINE).group(0))


def rust(package):
    """Built in a copy, since Cargo writes its lock beside its manifest."""
    cargo = found("cargo", "install Rust (rustup.rs)", pathlib.Path.home() / ".cargo/bin/cargo")
    copy = TOOLS / "rust"
    copy.mkdir(parents=True, exist_ok=True)
    for source in (HERE / "rust").iterdir():
        if changed(copy / source.name, source):
            shutil.copy2(source, copy)
    ran([cargo, "build", "-q", "--release"], cwd=copy)
    lock = re.search(rf'name = "{package}"\nversion = "(.*)"', (copy / "Cargo.lock").read_text())
    return lock.group(1)


def java(folder, jar):
    maven = found("mvn", "apt-get install maven")
    found("java", "apt-get install openjdk-17-jdk-headless")
    into = TOOLS / folder
    if changed(into / "built", *(HERE / folder).iterdir()):
        ran([maven, "-q", "-B", "-f", HERE / folder / "pom.xml", f"-Dinto={into}", "clean", "compile",
             "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={into}/lib"])
        (into / "built").touch()
    return version(next((into / "lib").glob(f"{jar}-[0-9]*.jar")).name)


def beast():
    return told(str(TOOLS / "world_beast"), "--version", "cmake --build TREE --target world_beast")
