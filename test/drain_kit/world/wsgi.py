"""The paths of the world's servers for gunicorn."""

import time
from urllib.parse import parse_qs


def events():
    while True:
        yield b"data: here\n\n"
        time.sleep(0.1)


def app(environment, start_response):
    number = {key: int(value[0]) for key, value in parse_qs(environment["QUERY_STRING"]).items()}
    body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    path = environment["PATH_INFO"]
    if path == "/events":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return events()
    if path == "/slow":
        time.sleep(number["ms"] / 1000)
    answer = bytes(number["n"]) if path == "/bytes" else b"%d bytes" % len(body)
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]
