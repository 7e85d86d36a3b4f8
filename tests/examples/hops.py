#!/usr/bin/env python3
"""Runs the example hops: one ID, given by the environment, in the call, in the job, in each line."""
import http.server
import json
import os
import subprocess
import sys
import threading

SEEN = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        SEEN.append(self.headers)
        self.send_response(503 if len(SEEN) > 1 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def main():
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("TRAIL_", "TRACE"))}
    environment["TRAIL_REQUEST_ID"] = "cron-7"
    done = subprocess.run([sys.argv[1], f"http://127.0.0.1:{server.server_port}/stock"],
                          env=environment, capture_output=True, text=True, check=True, timeout=50)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == [
        "outbound_completed", "job_enqueued", "job_received", "email_sent", "job_succeeded"], events
    assert {event["requestId"] for event in events} == {"cron-7"}
    assert len({event["traceId"] for event in events}) == 1
    assert len(SEEN) == 1 and SEEN[0]["X-Request-ID"] == "cron-7"
    assert SEEN[0]["traceparent"].split("-")[2] == events[0]["spanId"]
    assert events[2]["parentSpanId"] == events[1]["spanId"]
    server.shutdown()


if __name__ == "__main__":
    main()
