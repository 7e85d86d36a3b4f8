#!/usr/bin/env python3
"""Runs the example signals: a log that was renamed is opened anew, and the level follows."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time


def events(path):
    try:
        with open(path, encoding="utf-8") as log:
            return [json.loads(line)["event"] for line in log if line.endswith("\n")]
    except FileNotFoundError:
        return []


def wait_for(condition):
    deadline = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def main():
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("TRAIL_") and name != "LOG_LEVEL"}
        environment["TRAIL_OUTPUT"] = f"file:{log}"
        with subprocess.Popen([sys.argv[1]], env=environment) as program:
            wait_for(lambda: events(log) == ["shop_opened"])
            os.rename(log, log + ".1")
            program.send_signal(signal.SIGHUP)
            wait_for(lambda: os.path.exists(log))
            program.send_signal(signal.SIGUSR1)
            wait_for(lambda: events(log) == ["signal_obeyed"])
            program.send_signal(signal.SIGUSR2)
            program.send_signal(signal.SIGTERM)
            assert program.wait(timeout=50) == 0
        assert events(log + ".1") == ["shop_opened"]
        assert events(log) in (["signal_obeyed", "shop_closed"],
                               ["signal_obeyed", "signal_obeyed", "shop_closed"]), events(log)


if __name__ == "__main__":
    main()
