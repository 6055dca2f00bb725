"""Who is measured: the world's servers, each as `start` starts it."""

from dataclasses import dataclass
from typing import Callable

import tools
from tools import told


@dataclass(frozen=True)
class Server:
    title: str
    prepare: Callable[[], str]  # builds what it needs, and tells its version; raises tools.Missing
    http2: bool = False  # speaks it in the clear
    profile: str = "go"  # of the kit
    signal: str = ""  # of its graceful stop, where that is not the profile's
    proxy: bool = False  # stands before the Go server, which a network of its own does not reach


def servers(sundown):
    return {
        "sundown": Server("Sundown", lambda: told(str(sundown), "--version", "make build"), True, "sundown"),
        "go": Server("Go net/http", tools.go, True),
        "nginx": Server("nginx", lambda: told("nginx", "-v", "apt-get install nginx", "/usr/sbin/nginx"), True, "nginx",
                        proxy=True),
        "haproxy": Server("HAProxy", lambda: told("haproxy", "-v", "apt-get install haproxy", "/usr/sbin/haproxy"), True,
                          "haproxy", proxy=True),
        "apache": Server("Apache httpd", lambda: told("apache2", "-v", "apt-get install apache2", "/usr/sbin/apache2"),
                         signal="WINCH", proxy=True),
        "caddy": Server("Caddy", lambda: told("caddy", "version", "apt-get install caddy"), True, proxy=True),
        "node": Server("Node http", lambda: told("node", "--version", "apt-get install nodejs"), True, "node"),
        "uvicorn": Server("uvicorn", lambda: tools.python("uvicorn")),
        "gunicorn": Server("gunicorn", lambda: tools.python("gunicorn")),
        "hypercorn": Server("hypercorn", lambda: tools.python("hypercorn"), True),
        "axum": Server("axum", lambda: tools.rust("axum"), True),
        "actix": Server("actix-web", lambda: tools.rust("actix-web"), True),
        "spring": Server("Spring Boot (Tomcat)", lambda: tools.java("spring", "spring-boot"), True),
        "jetty": Server("Jetty", lambda: tools.java("jetty", "jetty-server"), True),
        "vertx": Server("Vert.x", lambda: tools.java("vertx", "vertx-core"), True),
        "beast": Server("Beast's example", tools.beast, signal="INT"),
    }
