#!/usr/bin/env python3
"""Runs hello, bare and wrapped: both send the same, and each answer of the wrapped one bears its
request's ID."""
import pathlib
import signal
import socket
import sys

from wire import Exchange, Server, free_ports, pair, request

# By the line of the request: its body, and the status of the answer.
ASKED = {
    "GET /": (b"", 200),
    "GET /raw": (b"", 200),
    "GET /json": (b"", 200),
    "GET /error": (b"", 500),
    "GET /slow?ms=1": (b"", 200),
    "GET /slow?ms=long": (b"", 400),
    "GET /stream?bytes=10000": (b"", 200),
    "GET /stream?bytes=0": (b"", 200),
    "POST /fields": (b'{"a":1}', 204),
    "POST /fields?": (b"[1]", 400),
    "GET /fields": (b"", 405),
    "GET /file.txt": (b"", 200),
    "HEAD /file.txt": (b"", 200),
    "GET /none.txt": (b"", 404),
    "GET /folder": (b"", 404),
    "GET /folder/": (b"", 404),
    "GET /../etc/passwd": (b"", 404),
    "PUT /file.txt": (b"x", 404),
}


def start(program, name, folder):
    files = folder / "files"
    (files / "folder").mkdir(parents=True)
    (files / "file.txt").write_text("a file\n")
    ports = free_ports(1)
    bare = ["--bare"] if name == "plain" else []
    server = Server([program, "--port", str(ports[0]), "--files", str(files), *bare], folder, ports,
                    tells=False)
    server.wait_until(lambda: listens(ports[0]), "no port")
    return server


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    # Of the two copies of a file, the times; and what the bare program says of the connection where
    # it writes its head by itself.
    varying = rb"(?m)^(Last-Modified|Etag|Connection): [^\r]*\r\n"
    with pair(lambda name, folder: start(program, name, folder)) as both:
        for line, (body, status) in ASKED.items():
            both.exchange(line, Exchange(request(line, body=body), varying=varying))
            assert list(both.answers.values())[-1] == status, f"{line}: {both.answers}"
        for server in both.servers:
            server.process.send_signal(signal.SIGTERM)
        both.end()
        events = both.servers[1].events()
    fields = [event for event in events if event["event"] == "fields_received"]
    assert [event["a"] for event in fields] == [1], fields


if __name__ == "__main__":
    main()
