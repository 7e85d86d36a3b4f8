#!/usr/bin/env python3
"""The server that README.md quotes answers under the caller's ID, and logs what README.md says."""
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request


def ask(port, request_id):
    """The response to an order; of a failed one, too."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/orders", data=b"{}",
                                     headers={"X-Request-ID": request_id})
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        return error


def read_next(server):
    """The next line that is not of an early order."""
    line = {"requestId": "early-1"}
    while line.get("requestId") == "early-1":
        line = json.loads(server.stdout.readline())
    return line


def main():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRAIL_")}
    server = subprocess.Popen([sys.argv[1], "127.0.0.1:0"], stdout=subprocess.PIPE, text=True,
                              env=environment)
    try:
        started = json.loads(server.stdout.readline())
        assert started["event"] == "server_started", started
        while ask(started["port"], "early-1").status == 404:
            time.sleep(0.01)  # it listens before it has its handler
        with ask(started["port"], "tea-1") as response:
            assert response.status == 201
            assert response.headers.get_all("X-Request-ID") == ["tea-1"], response.headers
        lines = [read_next(server), read_next(server)]
        server.send_signal(signal.SIGTERM)
        lines += [json.loads(line) for line in server.communicate(timeout=30)[0].splitlines()]
    finally:
        server.kill()
    assert server.returncode == 0, server.returncode
    events = [line["event"] for line in lines]
    assert events == ["order_created", "request_completed", "server_stopped"], lines
    for line in lines[:2]:
        assert line["requestId"] == "tea-1" and line["userId"] == "u-7", line
    created = {key: lines[0][key] for key in ("message", "orderId", "items", "gift")}
    assert created == {"message": "Order created", "orderId": "o-1042", "items": 2, "gift": True}
    assert lines[1]["status"] == 201 and lines[1]["bytesOut"] == 3, lines[1]
    assert lines[1]["route"] == "/orders", lines[1]


if __name__ == "__main__":
    main()
