#!/usr/bin/env python3
"""compare.py PLAIN WRAPPED EXAMPLE SOURCE: one of CivetWeb's own examples, wrapped by a changed
#include and two lines, sends what it sends without, byte for byte, but for the request ID; and logs
one terminal event for each request."""
import functools
import os
import pathlib
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from wire import (FORM_TYPE, PARTS_TYPE, Exchange, Server, frame, free_ports, multipart, pair,
                  request, upgrade)

UPLOAD = f"trail-upload-{os.getpid()}.txt"
CLOSE = frame(8, b"\x03\xe8")
CHUNKED = (b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
PARTS = multipart(('name="a"', "text"), ('name="b"', ""), (f'name="c"; filename="{UPLOAD}"',
                                                           "y" * 5000))
FILES = multipart(('name="f"; filename="1"', "s" * 40000), ('name="f"; filename="2"', "t"))
# The counter that all WebSockets are told each second, and the time of a first visit.
COUNTS = rb"(?s)\x81[\x01-\x07]\d{1,7}(?=\x81|\x88|$)"
VISIT = rb"first=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"

# Of what CivetWeb does by itself, whatever the program.
BY_ITSELF = {
    "a static file": Exchange(request("GET /static.txt"), bearing=0),
    "part of a static file": Exchange(request("GET /static.txt", "Range: bytes=1-3"), bearing=0),
    "a folder": Exchange(request("GET /sub"), bearing=0),
    "a listing": Exchange(request("GET /sub/"), bearing=0),
    "nothing there": Exchange(request("GET /nowhere")),
    "another method": Exchange(request("OPTIONS /static.txt"), bearing=0),
    "no request": Exchange(b"GARBAGE\r\n\r\n"),
}

EMBEDDED_C = {
    "the example": Exchange(request("GET /example")),
    "in HTTP/1.0": Exchange(request("GET /example", version="1.0")),
    "A": Exchange(request("GET /A")),
    "below A": Exchange(request("GET /A/A")),
    "the head of A": Exchange(request("HEAD /A")),
    "AB": Exchange(request("GET /A/B?x=y%20z", "X-One: 1")),
    "B": Exchange(request("GET /B")),
    "B, A": Exchange(request("GET /B/A")),
    "B, B": Exchange(request("GET /B/B")),
    "below B": Exchange(request("GET /B/C")),
    "a pattern": Exchange(request("GET /some/xy.foo")),
    "close": Exchange(request("GET /close")),
    "a file": Exchange(request("GET /form")),
    "a query as form": Exchange(
        request("GET /handle_form.embedded_c.example.callback?a=1&b=two%20words")),
    "a form": Exchange(request("POST /handle_form.embedded_c.example.callback", FORM_TYPE,
                               body=b"a=1&b=%C3%BC&c=")),
    "parts": Exchange(request("POST /handle_form.embedded_c.example.callback", PARTS_TYPE,
                              body=PARTS), leaves=f"/tmp/{UPLOAD}"),
    "half of the parts": Exchange(request("POST /handle_form.embedded_c.example.callback",
                                          PARTS_TYPE, body=PARTS[:200])),
    "the form of files": Exchange(request("GET /on_the_fly_form")),
    "files": Exchange(request("POST /on_the_fly_form.md5.callback", PARTS_TYPE, body=FILES)),
    "no cookie": Exchange(request("GET /cookie"), varying=VISIT),
    "a cookie": Exchange(request("GET /cookie", "Cookie: first=then; count=41")),
    "no post": Exchange(request("GET /postresponse")),
    "a post": Exchange(request("POST /postresponse", body=b"0123456789" * 1000)),
    "a post in chunks": Exchange(CHUNKED % b"/postresponse"),
    "a page with a script": Exchange(request("GET /websocket")),
    "a first visit": Exchange(request("GET /auth"), varying=rb'password "\d+"'),
    "no password": Exchange(request("GET /auth"), varying=rb'password "\d+"'),
    "a WebSocket": Exchange(upgrade("/websocket") + frame(1, b"hello") + frame(9, b"ping") + CLOSE,
                            varying=COUNTS),
}

EMBEDDED_CPP = {
    "the example": Exchange(request("GET /example")),
    "A": Exchange(request("GET /a")),
    "with a parameter": Exchange(request("GET /a?param=one%20two")),
    "with a form": Exchange(request("POST /a", FORM_TYPE, body=b"param=one+two")),
    "AB": Exchange(request("GET /a/b")),
    "another method": Exchange(request("DELETE /a/b")),
    "a pattern": Exchange(request("GET /some/xy.foo")),
    "an echo": Exchange(request("POST /xy.foo", body=b"0123456789" * 1000)),
    "a file to keep": Exchange(request("PUT /xy.foo", body=b"0123456789")),
    "a page with a script": Exchange(request("GET /ws")),
    "a WebSocket": Exchange(upgrade("/websocket") + frame(1, b"one") + frame(1, b"enough")),
    "a WebSocket that the client closes": Exchange(upgrade("/websocket") + CLOSE),
}


def rest(path):
    json = b'{"request":41}'
    return {
        "get": Exchange(request(f"GET {path}")),
        "put": Exchange(request(f"PUT {path}", body=json)),
        "get what was put": Exchange(request(f"GET {path}")),
        "post": Exchange(request(f"POST {path}", body=json)),
        "patch": Exchange(request(f"PATCH {path}", body=json)),
        "put nothing": Exchange(request(f"PUT {path}")),
        "put no JSON": Exchange(request(f"PUT {path}", body=b"{{")),
        "put no number": Exchange(request(f"PUT {path}", body=b'{"request":"x"}')),
        "put too much": Exchange(request(f"PUT {path}", body=b'{"request":1.5}')),
        "delete": Exchange(request(f"DELETE {path}")),
        "another method": Exchange(request(f"BREW {path}")),
    }


class Example(typing.NamedTuple):
    listens: str  # the form of its ports
    asked: dict  # the number of a port that is asked, and whether it is one of HTTPS
    exchanges: dict
    ends: bool = False  # by a request


EXAMPLES = {
    "embedded_c": Example("{}r,{}s,{}", {2: False, 1: True}, EMBEDDED_C | BY_ITSELF, ends=True),
    "embedded_cpp": Example("{}", {0: False}, EMBEDDED_CPP | BY_ITSELF, ends=True),
    "linux_ws_server_cpp": Example("{}", {0: False}, {
        "a WebSocket": Exchange(upgrade("/ws") + frame(1, b"one") + frame(2, b"two") + CLOSE),
        **BY_ITSELF}),
    "rest": Example("{}r,{}s", {1: True}, rest("/example") | rest("/res/a/b"), ends=True),
    "ws_server": Example("{}", {0: False}, {
        "a WebSocket": Exchange(upgrade("/wsURL") + frame(1, b"one") + CLOSE),
        "a WebSocket of a subprotocol": Exchange(upgrade(
            "/wsURL", "Sec-WebSocket-Protocol: Company.ProtoName.json") + frame(1, b"1") + CLOSE),
    }),
}
EXIT = Exchange(request("GET /exit"))


def start(programs, source, listens, name, folder):
    """In a folder as deep as an example's own, from which its paths lead into the sources."""
    own = folder / "examples/example"
    (own / "sub").mkdir(parents=True)
    for part in "resources", "test":
        (folder / part).symlink_to(source / part)
    for path in own / "static.txt", own / "sub/one.txt":
        path.write_text("static\n")
        os.utime(path, (1e9, 1e9))
    os.utime(own / "sub", (1e9, 1e9))
    ports = free_ports(listens.count("{}"))
    addresses = (f"127.0.0.1:{port}" for port in ports)
    server = Server([programs[name]], own, ports, tells=False,
                    EXAMPLE_PORTS=listens.format(*addresses))
    server.wait_until((own / "ready").exists, "has not begun to wait")
    return server


def main():
    programs = dict(zip(("plain", "wrapped"), sys.argv[1:3]))
    example, source = EXAMPLES[sys.argv[3]], pathlib.Path(sys.argv[4])
    with pair(functools.partial(start, programs, source, example.listens)) as both:
        for index, tls in example.asked.items():
            for what, exchange in example.exchanges.items():
                both.exchange(what, exchange, index, tls)
        if "r," in example.listens:
            both.exchange("a redirect to HTTPS", Exchange(request("GET /A?b=c"), bearing=0))
        if example.ends:
            both.exchange("the end", EXIT, index, tls)
            both.end()


if __name__ == "__main__":
    main()
