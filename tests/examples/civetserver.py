#!/usr/bin/env python3
"""A CivetServer's handlers answer under the caller's ID, and log by overloads; its WebSocket bears
the ID, too. On HTTP and HTTPS."""
import pathlib
import signal
import sys
import tempfile

from wire import TERMINAL, Server, frame, identified, make_certificate, request, upgrade


def ask(server, tls, line, request_id, body=b""):
    """The body of the one response, which bears the ID."""
    received = server.ask(request(line, f"X-Request-ID: {request_id}", body=body), tls=tls)
    assert list(identified(received)) == [request_id], received
    return received.partition(b"\r\n\r\n")[2]


def serve(program, folder, *arguments):
    server = Server([program, *arguments], folder, tells=False)
    server.wait_until(lambda: server.log.exists() and server.events(), "does not start")
    started = server.events()[0]
    server.ports, tls = [started["port"]], started["tls"]
    while b"items" not in ask(server, tls, "GET /orders/1", "early-1"):
        pass  # it listens before its handlers are there
    assert ask(server, tls, "GET /orders/7", "get-1") == b'{"items":3}'
    assert ask(server, tls, "POST /orders", "post-1", b"{}") == b"{}"
    socket = upgrade("/feed", "X-Request-ID: feed-1") + frame(8, b"\x03\xe8")
    received = server.ask(socket, tls=tls)
    assert identified(received) == {"feed-1": 101}, received
    assert b"\x81\x07welcome" in received, received
    server.process.send_signal(signal.SIGTERM)
    server.end()
    return [event for event in server.events() if event.get("requestId") != "early-1"]


def check(events):
    told = [(event["event"], event.get("requestId")) for event in events]
    assert told == [
        ("server_started", None), ("order_read", "get-1"), ("request_completed", "get-1"),
        ("request_completed", "post-1"), ("websocket_opened", "feed-1"),
        ("websocket_closed", "feed-1"), ("request_completed", "feed-1"), ("server_stopped", None),
    ], events
    assert events[1]["orderId"] == "/orders/7" and events[1]["items"] == 3, events[1]
    assert events[3]["userId"] == "u-1" and events[3]["status"] == 201, events[3]
    assert events[3]["bytesIn"] == 2, events[3]
    ended = [event for event in events if event["event"] in TERMINAL]
    assert [event["route"] for event in ended] == ["/orders", "/orders", "/feed"], ended


def main():
    for tls in False, True:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            arguments = ["127.0.0.1:0s", make_certificate(folder)] if tls else ["127.0.0.1:0"]
            check(serve(sys.argv[1], folder, *arguments))


if __name__ == "__main__":
    main()
