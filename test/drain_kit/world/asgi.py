"""The paths of the world's servers for uvicorn and hypercorn."""

import asyncio
from urllib.parse import parse_qs


async def answer(send, body=b"", more=False):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def events(receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    left = asyncio.ensure_future(receive())
    try:
        while not left.done():
            await send({"type": "http.response.body", "body": b"data: here\n\n", "more_body": True})
            await asyncio.sleep(0.1)
    finally:
        left.cancel()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    number = {key: int(value[0]) for key, value in parse_qs(scope["query_string"].decode()).items()}
    while (await receive()).get("more_body"):
        pass
    match scope["path"]:
        case "/slow":
            await asyncio.sleep(number["ms"] / 1000)
            await answer(send, b"slept")
        case "/bytes":
            await answer(send, bytes(number["n"]))
        case "/events":
            await events(receive, send)
        case _:
            await answer(send, b"Hello, World!")
