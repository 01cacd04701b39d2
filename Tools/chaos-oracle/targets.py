"""What the experiments act on: an HTTP server with scripted answers, and a program that records its calls."""
import gzip
import http.server
import json
import socket
import socketserver
import threading

# Appends its arguments as one line to the file that $RECORD names. Text after `--env NAME` is the variable's value.
RECORDER = """#!/bin/sh
line=
while [ $# -gt 0 ]; do
    case $1 in
        --env) shift; eval "line=\\"\\$line $1=<\\$$1>\\"" ;;
        --stdin) line="$line stdin=<$(cat)>" ;;
        --cwd) line="$line cwd=<$(pwd)>" ;;
        *) line="$line <$1>" ;;
    esac
    shift
done
printf '%s\\n' "${line# }" >> "$RECORD"
"""


class Server(http.server.ThreadingHTTPServer):
    """Answers by `routes` and keeps what it saw.

    A route's key is `/path` or `METHOD /path`; its value one answer, or a list of which the last repeats. An answer has
    `status` (200), `headers`, `body` (text, or JSON that is sent as such), `encoding`, `gzip`, `delay` (seconds) and
    `close` (hangs up without an answer). Unknown paths get 200 and the text `ok`.
    """

    daemon_threads = True

    def __init__(self, routes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes = {key: list(value) if isinstance(value, list) else [value] for key, value in routes.items()}
        self.seen = []
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def server_bind(self):
        """Without the name look-up of HTTPServer."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address

    def stop(self):
        self.stopped.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that hangs up is not worth a traceback."""

    def answer(self, method, path, request):
        with self.lock:
            self.seen.append(request)
            answers = self.routes.get(f"{method} {path}", self.routes.get(path))
            if not answers:
                return {"headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": "ok"}
            return answers.pop(0) if len(answers) > 1 else answers[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        answer = self.server.answer(self.command, path, {
            "method": self.command, "path": path, "query": query, "body": body.decode("utf-8", "surrogateescape"),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        })
        if answer.get("delay"):
            self.server.stopped.wait(answer["delay"])
        if answer.get("close"):
            self.close_connection = True
            return
        headers, content = dict(answer.get("headers", {})), answer.get("body", "")
        if not isinstance(content, str):
            content = json.dumps(content)
            headers.setdefault("Content-Type", "application/json")
        content = content.encode(answer.get("encoding", "utf-8"))
        if answer.get("gzip"):
            content = gzip.compress(content, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self.send_response_only(answer.get("status", 200))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *arguments):
        """Silent."""


class ClosedPort:
    """An address that refuses connections for as long as this lives: a bound socket that does not listen."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def stop(self):
        self.socket.close()
