"""A function's process under a Runtime API server, and HTTP/1.1 on plain sockets: what the benchmarks of functions share."""
import os
import socket
import subprocess
import sys
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


class Connection:
    """Reads HTTP/1.1 requests from a socket and answers them."""

    def __init__(self, listener):
        self.socket, _ = listener.accept()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def request(self):
        """Request line, headers and body; None when the peer has closed."""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.socket.recv(1 << 20)
            if not piece:
                return None
            self.buffer += piece
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        pieces, missing = [rest], int(headers.get("content-length", 0)) - len(rest)
        while missing > 0:
            pieces.append(self.socket.recv(1 << 20))
            if not pieces[-1]:
                return None
            missing -= len(pieces[-1])
        data = b"".join(pieces)
        length = int(headers.get("content-length", 0))
        self.buffer = data[length:]
        return line, headers, data[:length]

    def answer(self, status, headers, body):
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
        self.socket.sendall(head.encode() + body)


def listener():
    server = socket.create_server(("127.0.0.1", 0))
    return server, "127.0.0.1:%d" % server.getsockname()[1]


class FunctionProcess:
    """The function's process; every invocation has to give the answer that is expected."""
    # Of one invocation, in seconds.
    limit = 60

    def __init__(self, program, environment, expected):
        self.server, address = listener()
        self.server.settimeout(30)
        self.expected = expected
        self.process = subprocess.Popen([program], stdout=subprocess.DEVNULL, env={
            "AWS_LAMBDA_RUNTIME_API": address, "AWS_REGION": "eu-central-1", "_HANDLER": "handler",
            "AWS_LAMBDA_FUNCTION_NAME": "function", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_LEVEL": "WARN", **environment,
        })
        self.count = 0
        self.connection = Connection(self.server)
        self.connection.socket.settimeout(120)
        self.next()

    def next(self):
        line, _, _ = self.connection.request() or sys.exit("the function has ended")
        if "/invocation/next" not in line:
            sys.exit("expected /next, got " + line)

    def invoke(self, event):
        """Returns when the event was handed over, and when the answer had come, in monotonic seconds."""
        self.count += 1
        start = time.monotonic()
        self.connection.answer(200, {
            "Lambda-Runtime-Aws-Request-Id": f"request-{self.count}",
            "Lambda-Runtime-Deadline-Ms": int((time.time() + self.limit) * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:function",
            "Content-Type": "application/json",
        }, event)
        line, _, body = self.connection.request() or sys.exit("the function has ended")
        end = time.monotonic()
        self.connection.answer(202, {}, b'{"status":"OK"}\n')
        self.next()
        if not line.split()[1].endswith("/response") or body != self.expected:
            sys.exit(f"{line}: {body[:500]!r}")
        return start, end

    def processor_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_kilobytes(self):
        return int(open(f"/proc/{self.process.pid}/statm").read().split()[1]) * PAGE // 1024

    def stop(self):
        self.process.kill()
        self.process.wait()
