#!/usr/bin/env python3
"""A program that embeds CivetWeb sends under trail what it sends without, byte for byte, but for
the request ID (and, in a WebSocket's handshake, the field that its status line becomes), and logs
one terminal event for each request."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

TERMINAL = ("request_completed", "request_failed", "request_aborted")
BOUNDARY = "----part"


def request(line, *fields, body=b""):
    """Of a connection that ends with it."""
    head = [line + " HTTP/1.1", "Host: localhost", "Connection: close", *fields]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def multipart(*parts):
    body = "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {names}\r\n\r\n{value}\r\n"
                   for names, value in parts) + f"--{BOUNDARY}--\r\n"
    return body.encode()


def frame(opcode, payload):
    """Masked by zeros: the payload stands as it is."""
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


FORM_TYPE = "Content-Type: application/x-www-form-urlencoded"
PARTS_TYPE = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
UPGRADE = ("GET {} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")

# What is sent on one connection, how many requests that is, and how many of their responses bear
# the ID: not those that CivetWeb makes by itself.
EXCHANGES = {
    "a page in pieces": (request("GET /page"), 1, 1),
    "below it": (request("GET /page/other/and/more"), 1, 1),
    "an exact path": (request("GET /exact?a=b%20c"), 1, 1),
    "a pattern": (request("GET /some/where.info"), 1, 1),
    "nothing there": (request("GET /exact/not"), 1, 1),
    "a file": (request("GET /file"), 1, 1),
    "part of a file": (request("GET /file", "Range: bytes=100-199"), 1, 1),
    "the head of a file": (request("HEAD /file"), 1, 1),
    "a query as form": (request("GET /form?a=1&b=two%20words&skipped=x"), 1, 1),
    "a form": (request("POST /form", FORM_TYPE, body=b"a=1&b=%C3%BC&skipped=3&c="), 1, 1),
    "uploads": (request("POST /form", PARTS_TYPE, body=multipart(
        ('name="a"', "text"), ('name="kept"; filename="x.txt"', "y" * 5000),
        ('name="skipped"', "z"), ('name="last"; filename="w"', "w" * 3000))), 1, 1),
    "uploads on the fly": (request("POST /sum", PARTS_TYPE, body=multipart(
        ('name="f"; filename="1"', "s" * 40000), ('name="f"; filename="2"', "t"))), 1, 1),
    "a form that is none": (request("POST /sum", "Content-Type: text/plain", body=b"a=b"), 1, 1),
    "a cookie": (request("GET /visits", "Cookie: a=b; visits=41"), 1, 1),
    "an echo": (request("POST /echo", body=b"0123456789" * 1000), 1, 1),
    "another method": (request("GET /echo"), 1, 1),
    "a redirect": (request("GET /old"), 1, 1),
    "a password": (request("GET /password"), 1, 1),
    "a refusal": (request("GET /secret"), 1, 1),
    "a static file": (request("GET /static.txt"), 1, 0),
    "one after the other": (
        b"GET /exact HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\n"
        b"Content-Length: 2\r\n\r\nhi" + request("GET /visits"), 3, 3),
    "a WebSocket": (UPGRADE.format("/socket?x").encode() + frame(1, b"hello") + frame(1, b"bye"),
                    1, 1),
    "a refused WebSocket": (UPGRADE.format("/socket").encode(), 1, 0),
}


class Server:
    def __init__(self, program, folder):
        (folder / "root").mkdir(parents=True)
        (folder / "root/file.html").write_text("<p>line</p>\n" * 1000)
        (folder / "root/static.txt").write_text("static\n")
        for path in (folder / "root").iterdir():
            os.utime(path, (1e9, 1e9))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAIL_")}
        environment["TRAIL_OUTPUT"] = f"file:{folder}/log.jsonl"
        self.log = folder / "log.jsonl"
        self.process = subprocess.Popen([program, str(folder)], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def ask(self, sent):
        """Everything that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def stop(self):
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0, self.process.returncode


def comparable(received):
    """Without what differs from one response to the next."""
    return re.sub(rb'(?m)^Date: [^\r]*\r\n|nonce="\d+"', b"", received)


# Of a handshake: CivetWeb's status line as the value of a field, behind trail's own beginning.
HANDSHAKE = b"X-Handshake: HTTP/1.1 101 Switching Protocols\r\n"


def compare(name, plain, wrapped, bearing):
    ids = re.findall(rb"(?m)^X-Request-ID: ([^\r]*)\r\n", wrapped)
    stripped = re.sub(rb"(?m)^X-Request-ID: [^\r]*\r\n", b"", wrapped)
    if name == "a WebSocket":
        assert stripped.count(HANDSHAKE) == 1, stripped
        stripped = stripped.replace(HANDSHAKE, b"")
    assert plain or name == "a refused WebSocket", f"{name}: nothing came"
    assert len(ids) == len(set(ids)) == bearing, f"{name}: {ids}"
    assert comparable(stripped) == comparable(plain), f"{name}: {stripped} instead of {plain}"
    return ids


def main():
    ids, requests = [], 0
    with tempfile.TemporaryDirectory() as folder:
        plain, wrapped = (Server(program, pathlib.Path(folder) / name)
                          for name, program in zip(("plain", "wrapped"), sys.argv[1:]))
        try:
            for name, (sent, count, bearing) in EXCHANGES.items():
                ids += compare(name, plain.ask(sent), wrapped.ask(sent), bearing)
                requests += count
            plain.stop()
            wrapped.stop()
        finally:
            plain.process.kill()
            wrapped.process.kill()
        events = [json.loads(line) for line in wrapped.log.read_text().splitlines()]
    ended = [event["requestId"] for event in events if event["event"] in TERMINAL]
    assert len(ended) == len(set(ended)) == requests, f"{requests} requests, {len(ended)} events"
    assert {id.decode() for id in ids} <= set(ended)


if __name__ == "__main__":
    main()
