#!/usr/bin/env python3
"""A CivetServer's handlers answer under the caller's ID, and log by overloads."""
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request


def ask(port, path, request_id, data=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data,
                                     headers={"X-Request-ID": request_id})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.headers.get_all("X-Request-ID") == [request_id], response.headers
        return response.status, response.read()


def wait_for_handler(port):
    """A CivetServer listens before its handlers are there."""
    while True:
        try:
            return ask(port, "/orders/1", "early-1")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise


def events_of(stream, count):
    """The next lines that are not about waiting."""
    lines = []
    while len(lines) < count:
        line = json.loads(stream.readline())
        if line.get("requestId") != "early-1":
            lines.append(line)
    return lines


def main():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRAIL_")}
    server = subprocess.Popen([sys.argv[1], "127.0.0.1:0"], stdout=subprocess.PIPE, text=True,
                              env=environment)
    try:
        port = json.loads(server.stdout.readline())["port"]
        wait_for_handler(port)
        assert ask(port, "/orders/7", "get-1") == (200, b'{"items":3}')
        assert ask(port, "/orders", "post-1", b"{}") == (201, b"ok")
        lines = events_of(server.stdout, 3)
        server.send_signal(signal.SIGTERM)
        lines += [json.loads(line) for line in server.communicate(timeout=30)[0].splitlines()]
    finally:
        server.kill()
    assert server.returncode == 0, server.returncode
    events = [(line["event"], line.get("requestId")) for line in lines]
    assert events == [("order_read", "get-1"), ("request_completed", "get-1"),
                      ("request_completed", "post-1"), ("server_stopped", None)], lines
    assert lines[0]["orderId"] == "/orders/7" and lines[0]["items"] == 3, lines[0]
    assert lines[2]["userId"] == "u-1" and lines[2]["status"] == 201, lines[2]


if __name__ == "__main__":
    main()
