"""Who is compared: how each server is built and started. Nobody but ours is required to be there."""

import pathlib
import shutil
import signal
import subprocess

import servers

HERE = pathlib.Path(__file__).resolve().parent
DOWNLOAD = 1 << 30  # bytes of the file that nginx has to send


class Contender:
    """`start(wrap, workers, folder)` begins it; a folder of its own
    keeps what other runs have left behind out of it. `warm`: a compiler at run time wants some load first."""

    def __init__(self, name, start, warm=False, colour="#8b949e"):
        self.name, self.start, self.warm, self.colour = name, start, warm, colour

    @property
    def stop_signal(self):
        """By which it stops without losing requests."""
        return signal.SIGQUIT if self.name == "nginx" else signal.SIGTERM


class Field:
    """All contenders that this machine has."""

    def __init__(self, tree, work, workers):
        self.tree, self.work, self.workers = pathlib.Path(tree), pathlib.Path(work), workers
        self.binary = self.tree / "sundown"
        self.programs = self.tree / "test/bench"
        self.missing = []
        self.raw = Contender("raw epoll", self._ours("raw_epoll"), colour="#57606a")
        self.raw_close = Contender("raw epoll", self._ours("raw_epoll", "close"))
        self.bare = Contender("Sundown, bare", self._ours("bare_service"), colour="#fb8f44")
        self.sundown = Contender("Sundown", self.shipped(), colour="#d1570a")
        self.sundown_tls = Contender("Sundown", self.shipped(with_tls=True))
        self.demo = Contender("Sundown", self.shipped(env={"SUNDOWN_DEMO__ENABLED": "true"}))   # for large bodies only
        self.logging = Contender("Sundown, access log", self.shipped(access_log=True, env={"SUNDOWN_LOG__FORMAT": "json"}),
                                 colour="#953800")
        self.beast = Contender("Beast, asynchronous", self._ours("beast_async"), colour="#8250df")
        self.nginx = self._nginx()
        self.rivals = [one for one in (self.beast, self.nginx, self._go(), self._node()) if one]

    def everybody(self):
        return [self.bare, self.sundown, self.logging, *self.rivals]

    def _ours(self, program, *more):
        def start(wrap=(), workers=None, folder=None):
            port = servers.free_port()
            command = [*wrap, str(self.programs / program), str(port), str(workers or self.workers), *map(str, more)]
            return servers.Server(command, port)
        return start

    def bare_with(self, routes):
        return self._ours("bare_service", routes)

    def shipped(self, access_log=False, env=None, stdout=None, with_tls=False):
        """The program as it is installed; without another place its log goes to a file, as it does in production."""
        def start(wrap=(), workers=None, folder=None):
            place = pathlib.Path(folder or self.work)
            target = stdout if stdout is not None else open(place / "sundown.log", "wb")
            try:
                return servers.sundown(self.binary, place, workers=workers or self.workers, access_log=access_log,
                                       wrap=wrap, env=env, stdout=target, with_tls=with_tls)
            finally:
                if stdout is None:
                    target.close()
        return start

    def _nginx(self):
        program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") or shutil.which(
            self.tree.parent / "tools/nginx/usr/sbin/nginx")
        if not program:
            self.missing.append("nginx (scripts/bootstrap --bench)")
            return None

        def start(wrap=(), workers=None, folder=None):
            work = self.work / "nginx"
            (work / "files").mkdir(parents=True, exist_ok=True)
            for folder in (self.work, work, work / "files"):
                folder.chmod(0o755)  # its workers may run as somebody else
            with open(work / "files/download", "wb") as file:
                file.truncate(DOWNLOAD)
            port, h2_port, tls_port = (servers.free_port() for _ in range(3))
            certificate, key_file = servers.certificate(work)
            text = (HERE / "rivals/nginx.conf").read_text()
            for key, value in {"WORK": work, "PORT": port, "H2_PORT": h2_port, "TLS_PORT": tls_port,
                               "WORKERS": workers or self.workers, "CERTIFICATE": certificate, "KEY": key_file}.items():
                text = text.replace(f"@{key}@", str(value))
            (work / "nginx.conf").write_text(text)
            single = ["-g", "master_process off;"] if wrap else []
            return servers.Server([*wrap, program, "-p", str(work), "-c", str(work / "nginx.conf"), *single], port,
                                  h2_port=h2_port, tls=(tls_port, certificate))
        return Contender("nginx", start, colour="#1a7f37")

    def _go(self):
        go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
        if not go:
            self.missing.append("Go's net/http (no go)")
            return None
        program = self.work / "go_server"
        subprocess.run([go, "build", "-o", program, HERE / "rivals/main.go"], check=True)

        def start(wrap=(), workers=None, folder=None):
            port = servers.free_port()
            return servers.Server([*wrap, str(program), str(port)], port, env={"GOMAXPROCS": str(workers or self.workers)})
        return Contender("Go net/http", start, warm=True, colour="#0969da")

    def _node(self):
        node = shutil.which("node")
        if not node:
            self.missing.append("Node (no node)")
            return None

        def start(wrap=(), workers=None, folder=None):
            port = servers.free_port()
            return servers.Server([*wrap, node, str(HERE / "rivals/server.mjs"), str(port), str(workers or self.workers)], port)
        return Contender("Node http", start, warm=True, colour="#bf8700")
