"""The scenarios, from their sentences (`drain-kit --explain`), by plain threads and sockets. Each is played by
`scenario(run)`; what returns False can't be played with this server."""

import selectors
import socket
import time

from agree.client import Answer, Client, Torn

MUCH = 8 << 20


def slow(run, milliseconds):
    return run.paths["slow"].format(ms=milliseconds)


def waiting(milliseconds):
    """A request under way."""
    def story(client):
        client.connect()
        client.get(slow(client.run, milliseconds))
        client.run.in_position()
        client.answer()
        client.end()
    return story


def idle(client):
    """On a connection that has been used."""
    client.connect()
    client.ask(client.run.paths["quick"])
    client.run.in_position()


def in_flight(run):
    run.crowd(50, waiting(800), in_order=True)
    run.stop()


def busy_keep_alive(run):
    def story(client):
        client.connect()
        answers = 0
        while True:
            answer = client.ask(run.paths["quick"])
            answers += 1
            if answers == 20:
                run.in_position()
            if answer.says_close:
                client.end()
                if run.signalled.is_set() or not client.connect():
                    return
    run.crowd(32, story, in_order=True)
    run.stop()


def new_connections(run):
    def story(client):
        answers = 0
        while not run.over.is_set() and client.connect():
            client.ask(run.paths["quick"])
            answers += 1
            if answers == 20:
                run.in_position()
    run.crowd(32, story)
    run.stop()


def posted(client, body=b"late"):
    client.send(f"POST {client.run.paths['upload']} HTTP/1.1\r\nHost: world\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body)


def late_request(run):
    def story(client):
        idle(client)
        run.after_signal(0.03)
        posted(client)
        client.answer()
        client.end()
    run.crowd(20, story, in_order=True)
    run.stop()


def first_byte(run):
    def story(client):
        idle(client)
        run.signalled.wait()
        client.send(b"G")
        run.after_signal(0.02)
        client.send(f"ET {run.paths['quick']} HTTP/1.1\r\nHost: world\r\n\r\n".encode(), 0)
        client.answer()
        client.end()
    run.crowd(20, story)
    run.stop()


def pool(run):
    def reused_after(seconds):
        def story(client):
            idle(client)
            run.after_signal(seconds)
            if client.closed():
                client.refused += 1
                return
            posted(client)
            client.answer()
            client.end()
        return story
    for seconds in (0.005, 0.03, 0.1, 0.3):
        run.crowd(5, reused_after(seconds))
    run.stop()


def pipelined(run):
    def story(client):
        client.connect()
        quick, second = (f"GET {path} HTTP/1.1\r\nHost: world\r\n\r\n".encode() for path in (run.paths["quick"], slow(run, 600)))
        client.send(quick + second + 3 * quick, 5)
        client.answer()
        run.in_position()
        said = [client.answer().says_close for _ in range(4)]
        if said != [False, False, False, True]:
            client.faults.append("not the last, and only that, says close")
        client.end()
    run.crowd(4, story)
    run.stop()


def idle_1000(run):
    def story(client):
        with selectors.DefaultSelector() as ends:
            for _ in range(1000):
                sock = socket.create_connection(("127.0.0.1", run.port), timeout=run.patience)
                ends.register(sock, selectors.EVENT_READ)
            run.in_position()
            end = time.monotonic() + run.patience
            while ends.get_map() and time.monotonic() < end:
                for key, _ in ends.select(timeout=0.5):
                    try:
                        gone = not key.fileobj.recv(4096)
                    except ConnectionResetError:
                        gone = True
                        client.faults.append("reset while idle")
                    if gone:
                        ends.unregister(key.fileobj)
                        key.fileobj.close()
            client.faults += ["never closed"] * len(ends.get_map())
    run.crowd(1, story)
    run.stop(settle=2)


def slow_handshake(run):
    def story(client):
        client.connect()
        run.in_position()
        run.after_signal(0.05)
        client.ask(run.paths["quick"])
        client.end()
    run.crowd(10, story)
    run.stop()


def half_header(run):
    def story(client):
        client.connect()
        client.send(f"GET {run.paths['quick']} HTTP/1.1\r\nHo".encode())
        run.in_position()
        try:
            status = Answer(client.file).status
            if status != 408:
                raise ValueError(f"status {status}")
        except (Torn, TimeoutError):
            client.cut += 1
        client.owed = 0
    run.crowd(3, story)
    run.crowd(5, waiting(1500))
    run.stop()


def half_closed(run):
    def story(client, ready=run.in_position):
        client.connect()
        client.get(slow(run, 800))
        client.sock.shutdown(socket.SHUT_WR)
        ready()
        client.answer()
        client.end()
    try:
        story(Client(run), lambda: None)
    except (OSError, Torn):
        return False  # it answers such a client at no time
    run.crowd(10, story)
    run.stop()
    return True


def uploads(run):
    half = 150_000
    def story(client):
        client.connect()
        head = f"POST {run.paths['upload']} HTTP/1.1\r\nHost: world\r\nContent-Length: {2 * half}\r\n\r\n"
        client.send(head.encode() + bytes(half))
        run.in_position()
        run.after_signal(0.2)
        client.send(bytes(half), 0)
        client.answer()
        client.end()
    run.crowd(8, story, in_order=True)
    run.stop()


def expect_continue(run):
    def story(client):
        client.connect()
        head = f"POST {run.paths['upload']} HTTP/1.1\r\nHost: world\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n"
        client.send(head.encode())
        if Answer(client.file, interim=True).status != 100:
            raise Torn("not told to go on")
        run.in_position()
        run.after_signal(0.1)
        client.send(b"by leave", 0)
        client.answer()
        client.end()
    run.crowd(8, story, in_order=True)
    run.stop()


def slow_reader(run):
    def story(client):
        client.connect(64 << 10)
        client.get(run.paths["bytes"].format(n=MUCH))
        answer = Answer(client.file, body=False)
        run.in_position()
        left = int(answer.head["Content-Length"])
        while left:
            piece = client.file.read(min(left, 64 << 10))
            if not piece:
                raise Torn("torn")
            left -= len(piece)
            time.sleep(0.008)
        client.owed = 0
        client.end()
    run.crowd(3, story)
    run.stop()


def stopped_reader(run):
    def story(client):
        client.connect(16 << 10)
        client.get(run.paths["bytes"].format(n=MUCH))
        answer = Answer(client.file, body=False)
        run.in_position()
        run.over.wait(2 * run.patience)
        try:
            answer.read_body(client.file)
        except (OSError, Torn):
            client.cut += 1
        client.owed = 0
    run.crowd(1, story)
    run.crowd(5, waiting(2000))
    run.stop()


def events(run):
    def story(client):
        client.connect()
        client.get(run.paths["events"])
        answer = Answer(client.file, body=False)
        while b"data:" not in client.file.readline():
            pass
        client.file.readline()
        client.run.in_position()
        try:
            if "chunked" not in answer.head.get("Transfer-Encoding", "").lower():
                client.file.read()
            else:
                whole_events(client.file)
            client.owed = 0
            client.end()
        except (OSError, Torn, ValueError):
            client.faults.append("a stream that ends torn")
            client.cut += 1
            client.owed = 0
    run.crowd(8, story)
    run.stop()


def whole_events(file):
    """To the last chunk, which is empty: from the middle of one, lines are all that can be trusted."""
    last = b""
    while line := file.readline():
        if last.strip() == b"0" and line == b"\r\n":
            return
        last = line
    raise Torn("torn")


def second_signal(run):
    run.crowd(8, waiting(800))
    run.stop(again_after=0.2)


def start_up(run):
    time.sleep(0.02)
    run.kill()
    run.wait_end()


def visitors(run):
    def story(client):
        client.connect()
        client.ask(run.paths["quick"])
        client.close()
    run.crowd(8, story)
    run.stop()


def children(run):
    visitors(run)
    if run.left_behind():
        run.faults.append("a process is left")


def port_free(run):
    visitors(run)
    try:
        socket.create_connection(("127.0.0.1", run.port), timeout=1).close()
        run.faults.append("somebody listens")
    except OSError:
        pass


def restart(run):
    def story(client):
        client.connect()
        run.in_position()
        client.end()
    run.crowd(8, story)
    run.stop()
    run.signalled.clear()
    run.start()
    if not run.listens(10):
        run.faults.append("does not start again")


SCENARIOS = {
    name.replace("_", "-"): play
    for name, play in globals().items()
    if callable(play) and getattr(play, "__module__", "") == __name__
    and name not in ("slow", "waiting", "idle", "posted", "whole_events", "visitors")
}
