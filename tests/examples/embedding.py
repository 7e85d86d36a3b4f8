#!/usr/bin/env python3
"""A program that embeds CivetWeb sends under trail what it sends without, byte for byte, but for
the request ID (and, in a WebSocket's handshake, the field that its status line becomes), and logs
one terminal event for each request. On HTTP and HTTPS."""
import os
import sys
import tempfile

from wire import (FORM_TYPE, PARTS_TYPE, Exchange, Server, frame, make_certificate, multipart,
                  pair, request, upgrade)

EXCHANGES = {
    "a page in pieces": Exchange(request("GET /page")),
    "below it": Exchange(request("GET /page/other/and/more")),
    "an exact path": Exchange(request("GET /exact?a=b%20c")),
    "a pattern": Exchange(request("GET /some/where.info")),
    "nothing there": Exchange(request("GET /exact/not")),
    "a file": Exchange(request("GET /file")),
    "part of a file": Exchange(request("GET /file", "Range: bytes=100-199")),
    "the head of a file": Exchange(request("HEAD /file")),
    "a query as form": Exchange(request("GET /form?a=1&b=two%20words&skipped=x")),
    "a form": Exchange(request("POST /form", FORM_TYPE, body=b"a=1&b=%C3%BC&skipped=3&c=")),
    "uploads": Exchange(request("POST /form", PARTS_TYPE, body=multipart(
        ('name="a"', "text"), ('name="kept"; filename="x.txt"', "y" * 5000),
        ('name="skipped"', "z"), ('name="last"; filename="w"', "w" * 3000)))),
    "uploads on the fly": Exchange(request("POST /sum", PARTS_TYPE, body=multipart(
        ('name="f"; filename="1"', "s" * 40000), ('name="f"; filename="2"', "t")))),
    "a form that is none": Exchange(request("POST /sum", "Content-Type: text/plain", body=b"a=b")),
    "a cookie": Exchange(request("GET /visits", "Cookie: a=b; visits=41")),
    "an echo": Exchange(request("POST /echo", body=b"0123456789" * 1000)),
    "another method": Exchange(request("GET /echo")),
    "a redirect": Exchange(request("GET /old")),
    "a password": Exchange(request("GET /password")),
    "a refusal": Exchange(request("GET /secret")),
    "a static file": Exchange(request("GET /static.txt"), bearing=0),
    "one after the other": Exchange(
        b"GET /exact HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\n"
        b"Content-Length: 2\r\n\r\nhi" + request("GET /visits"), 3, 3),
    "a WebSocket": Exchange(upgrade("/socket?x") + frame(1, b"hello") + frame(1, b"bye")),
    "a refused WebSocket": Exchange(upgrade("/socket"), bearing=0, answered=False),
}


def start(program, certificate, folder):
    (folder / "root").mkdir()
    (folder / "root/file.html").write_text("<p>line</p>\n" * 1000)
    (folder / "root/static.txt").write_text("static\n")
    for path in (folder / "root").iterdir():
        os.utime(path, (1e9, 1e9))
    return Server([program, str(folder), certificate], folder)


def main():
    programs = dict(zip(("plain", "wrapped"), sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(folder)
        with pair(lambda name, own: start(programs[name], certificate, own)) as both:
            for tls in False, True:
                for name, exchange in EXCHANGES.items():
                    both.exchange(name, exchange, index=int(tls), tls=tls)
            both.end()


if __name__ == "__main__":
    main()
