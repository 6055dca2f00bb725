"""GET /v1/notes/{id} from each place that a note can come from: SQLite, the cache in the process, Redis, MongoDB."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import contenders
import servers

NOTES = 1000
PATIENCE = 20.0  # seconds for a storage server to come up


@contextlib.contextmanager
def storage_server(command, port, work):
    """Runs it until it is left."""
    with open(pathlib.Path(work) / "storage_server.log", "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=work)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} does not come up")
            time.sleep(0.01)
        yield
    finally:
        process.kill()
        process.wait()


def redis(stack, work):
    """The URL of a server of our own, or None."""
    program = shutil.which("redis-server")
    if not program:
        return None
    port = servers.free_port()
    stack.enter_context(storage_server([program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port, work))
    return f"redis://127.0.0.1:{port}"


def mongo(stack, work, tree):
    """The name and URI of a server of our own or of the one that tests use, or None."""
    if uri := os.environ.get("SUNDOWN_TEST_MONGODB_URI"):
        return "MongoDB", uri
    port = servers.free_port()
    data = pathlib.Path(work) / "mongo"
    data.mkdir()
    if program := shutil.which("mongod"):
        name, options = "MongoDB", ""
        command = [program, "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", str(data)]
    elif (program := tree / "ferretdb").exists():  # made by `make test`
        name, options = "MongoDB (FerretDB)", "?retryWrites=false"
        command = [str(program), f"127.0.0.1:{port}", str(data)]
    else:
        return None
    stack.enter_context(storage_server(command, port, work))
    return name, f"mongodb://127.0.0.1:{port}/bench{options}"


def write(contender, file):
    """Fills the contender's store; `file` gets the notes' paths, and is returned."""
    paths = []
    with contender.start() as server:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as peer:
            for number in range(NOTES):
                peer.request("POST", "/v1/notes", json.dumps({"title": f"note {number}", "body": "x" * 100}),
                             {"Content-Type": "application/json"})
                answer = peer.getresponse()
                answer.read()
                if answer.status != 201:
                    raise RuntimeError(f"POST /v1/notes: {answer.status}")
                paths.append(answer.getheader("Location"))
        server.stop()
    file.write_text("\n".join(paths) + "\n")
    return file


def compare(field, measure_in_turn, progress):
    """`measure_in_turn(paths, contenders)` for each store; all that was found, by the place."""
    no_cache = {"SUNDOWN_STORAGE__CACHE__CAPACITY": "0"}
    found = {}
    with contextlib.ExitStack() as stack:
        progress.step(f"writing {NOTES} notes")
        who = [contenders.Contender("SQLite", field.shipped(env=no_cache)),
               contenders.Contender("cache in the process", field.shipped(), warm=True)]
        if url := redis(stack, field.work):
            who.append(contenders.Contender("cache in Redis", field.shipped(env={"SUNDOWN_STORAGE__REDIS__URL": url}), warm=True))
        else:
            progress.say("not measured: notes from Redis (scripts/bootstrap --bench)")
        found.update(measure_in_turn(write(field.sundown, field.work / "paths"), who))
        if given := mongo(stack, field.work, field.tree):
            name, uri = given
            who = [contenders.Contender(name, field.shipped(env={**no_cache, "SUNDOWN_STORAGE__MONGODB__URI": uri}))]
            found.update(measure_in_turn(write(who[0], field.work / "mongo_paths"), who))
        else:
            progress.say("not measured: notes from MongoDB (install mongod, or `make test` once with Go there)")
    return found
