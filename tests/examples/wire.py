"""One program without trail and with it: both are asked the same, and what comes over the wire is
compared byte for byte, but for the request ID and what differs from one response to the next."""
import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import time
import typing

DEADLINE_S = 30
TERMINAL = ("request_completed", "request_failed", "request_aborted", "request_rejected")
BOUNDARY = "----part"
FORM_TYPE = "Content-Type: application/x-www-form-urlencoded"
PARTS_TYPE = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
# Of a handshake: CivetWeb's status line as the value of a field, behind trail's own beginning.
HANDSHAKE = b"X-Handshake: HTTP/1.1 101 Switching Protocols\r\n"
# What differs from one response to the next: dates, a nonce, the client's port.
VARYING = re.compile(rb'(?m)^Date: [^\r]*\r\n|nonce="\d+"|remote_port = \d+')


class Exchange(typing.NamedTuple):
    """What is sent on one connection, how many requests that is, and how many of their responses
    bear the ID: not those that CivetWeb makes by itself."""
    sent: bytes
    requests: int = 1
    bearing: int = 1
    answered: bool = True
    varying: bytes = b"$^"  # what else differs, as a pattern
    leaves: str = ""  # a file that it makes


def request(line, *fields, body=b"", version="1.1"):
    """Of a connection that ends with it."""
    head = [f"{line} HTTP/{version}", "Host: localhost", "Connection: close", *fields]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def multipart(*parts):
    body = "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {names}\r\n\r\n{value}\r\n"
                   for names, value in parts) + f"--{BOUNDARY}--\r\n"
    return body.encode()


def upgrade(path, *fields):
    """The handshake of a WebSocket."""
    head = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", *fields]
    return "\r\n".join([*head, "", ""]).encode()


def frame(opcode, payload):
    """Masked by zeros: the payload stands as it is."""
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def free_ports(count):
    """Ports that were free a moment ago, for programs that don't tell which one they were given."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_certificate(folder):
    path = os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
                    "-keyout", path, "-out", path + ".crt"], check=True, capture_output=True)
    with open(path, "a", encoding="ascii") as file, open(path + ".crt", encoding="ascii") as crt:
        file.write(crt.read())
    return path


class Server:
    """A program that serves, with its log in FOLDER/log.jsonl if it is under trail."""

    def __init__(self, command, folder, ports=(), tells=True, **variables):
        """tells: its first line of output names the ports that it was given."""
        self.log = folder / "log.jsonl"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAIL_")}
        environment["TRAIL_OUTPUT"] = f"file:{self.log}"
        environment.update(variables)
        self.process = subprocess.Popen(command, env=environment, cwd=folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE if tells
                                        else subprocess.DEVNULL)
        self.ports = ports
        if tells:
            self.ports = [int(port) for port in self.process.stdout.readline().split()]

    def wait_until(self, condition, what):
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            assert time.monotonic() < deadline, what

    def connect(self, index, tls):
        connection = socket.create_connection(("127.0.0.1", self.ports[index]), timeout=DEADLINE_S)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            connection = context.wrap_socket(connection)
        return connection

    def ask(self, sent, index=0, tls=False):
        """Everything that comes until the server closes, with names for its ports."""
        with self.connect(index, tls) as connection:
            connection.sendall(sent)
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        for i, port in enumerate(self.ports):
            received = received.replace(b":%d" % port, b":PORT%d" % i)
        return received

    def end(self, expected=0):
        self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == expected, f"ended with {self.process.returncode}"

    def events(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def identified(received):
    """The ID and the status of each response that bears one."""
    found = {}
    for match in re.finditer(rb"(?m)^X-Request-ID: ([^\r]*)\r\n", received):
        status = re.findall(rb"HTTP/1\.[01] (\d{3})", received[:match.start()])[-1]
        request_id = match[1].decode()
        assert request_id not in found, f"{request_id} twice: {received}"
        found[request_id] = int(status)
    return found


def compare(name, exchange, plain, wrapped):
    """Returns the IDs and the statuses of the responses that bear one."""
    answers = identified(wrapped)
    stripped = re.sub(rb"(?m)^X-Request-ID: [^\r]*\r\n", b"", wrapped)
    if 101 in answers.values():
        assert stripped.count(HANDSHAKE) == 1, f"{name}: {stripped}"
        stripped = stripped.replace(HANDSHAKE, b"")
    assert bool(plain) == exchange.answered, f"{name}: came: {plain}"
    assert len(answers) == exchange.bearing, f"{name}: {answers} in {wrapped}"
    ours, theirs = (re.sub(exchange.varying, b"", VARYING.sub(b"", one))
                    for one in (stripped, plain))
    assert ours == theirs, f"{name}: {ours} instead of {theirs}"
    return answers


class Pair:
    """A program as it stands and under trail, and what both were asked."""

    def __init__(self, plain, wrapped):
        self.servers = plain, wrapped
        self.answers, self.requests = {}, 0

    def exchange(self, name, exchange, index=0, tls=False):
        received = []
        for server in self.servers:
            received.append(server.ask(exchange.sent, index, tls))
            if exchange.leaves:
                os.unlink(exchange.leaves)
        self.answers |= compare(f"{name}, {'HTTPS' if tls else 'HTTP'}", exchange, *received)
        self.requests += exchange.requests

    def end(self, expected=0):
        for server in self.servers:
            server.end(expected)

    def check_log(self):
        """One terminal event for each request, and of the wire's status."""
        ended = [event for event in self.servers[1].events() if event["event"] in TERMINAL]
        for event in ended:
            status = self.answers.pop(event["requestId"], None)
            assert status in (None, event.get("status")), f"on the wire {status}: {event}"
        assert len(ended) == self.requests, f"{self.requests} requests, {len(ended)} events"
        assert not self.answers, f"no terminal event of {self.answers}"


@contextlib.contextmanager
def pair(start):
    """start(NAME, FOLDER) starts the plain and the wrapped program, each in a folder of its own.
    What is asked of the pair ends both; then the log is checked."""
    with tempfile.TemporaryDirectory() as folder:
        servers = []
        try:
            for name in "plain", "wrapped":
                (pathlib.Path(folder) / name).mkdir()
                servers.append(start(name, pathlib.Path(folder) / name))
            both = Pair(*servers)
            yield both
            both.check_log()
        finally:
            for server in servers:
                server.process.kill()
