"""Servers for the tests of probes, on free ports of 127.0.0.1: HTTP, HTTPS, mail and chat over TCP, DNS, gRPC.

Usage: probe_servers.py FOLDER    with good.pem (certificate and key), expired.pem, other.pem and authority.pem in it

Prints one line when all listen: a JSON object of names and ports. Ends when its standard input closes.
"""
import concurrent.futures
import gzip
import json
import os
import pathlib
import socket
import ssl
import struct
import sys
import threading
import zlib

FOLDER = pathlib.Path(sys.argv[1])
ports = {}


def tls(certificate="good.pem", oldest=None, newest=None, clients=False, protocols=()):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / certificate)
    if oldest:
        context.minimum_version = oldest
    if newest:
        context.maximum_version = newest
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(FOLDER / "authority.pem")
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def listen(name, serve, context=None, path=None):
    """Serves each connection on a thread of its own; what goes wrong ends the connection."""
    if path:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
    else:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        ports[name] = listener.getsockname()[1]

    def run(connection):
        try:
            connection.settimeout(20)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            serve(connection)
            if context:
                connection.unwrap()
        except (OSError, ValueError, IndexError):
            pass
        finally:
            connection.close()

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=run, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


# --- HTTP -------------------------------------------------------------------------------------------------------------

PAGE = b"Download the latest version here\n"


def http(connection):
    file = connection.makefile("rb")
    method, target, _ = file.readline().decode().split()
    headers = {}
    while (line := file.readline().strip()):
        name, _, value = line.decode().partition(":")
        headers.setdefault(name.lower(), value.strip())
    body = file.read(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    status, fields, answer, version = 200, [("Content-Type", "text/plain")], PAGE, "1.1"
    if path.startswith("/status/"):
        status = int(path[8:])
    elif path == "/redirect":
        status, fields = 302, [("Location", query)]
    elif path == "/cookie":
        fields.append(("Set-Cookie", "session=1"))
    elif path == "/open":
        fields.append(("Access-Control-Allow-Origin", "*"))
    elif path == "/many":
        fields += [("X-Part", "one"), ("X-Part", "two")]
    elif path == "/echo":
        answer = json.dumps({"method": method, "headers": headers, "body": body.decode()}).encode()
    elif path == "/basic":
        status = 200 if headers.get("authorization") == "Basic dXNlcm5hbWU6bXlzZWNyZXQ=" else 401
    elif path == "/bearer":
        status = 200 if headers.get("authorization") == "Bearer hush-hush" else 401
    elif path == "/token":
        fields = [("Content-Type", "application/json")]
        fine = b"grant_type=client_credentials" in body
        status, answer = (200, b'{"access_token":"hush-hush","token_type":"Bearer","expires_in":60}') if fine else (400, b"{}")
    elif path == "/gzip":
        fields.append(("Content-Encoding", "gzip"))
        answer = gzip.compress(PAGE)
    elif path == "/deflate":
        packer = zlib.compressobj(wbits=-15)
        answer = packer.compress(PAGE) + packer.flush()
    elif path == "/large":
        answer = b"x" * int(query)
    elif path == "/post":
        status = 200 if method == "POST" and body == b"{}" else 400
    elif path == "/host":
        status = 200 if headers.get("host") == query else 421
    elif path == "/old":
        version = "1.0"
    elif path == "/short":
        fields.append(("Content-Length", "1000"))
    elif path == "/silent":
        file.read()
        return
    if not any(name == "Content-Length" for name, _ in fields):
        fields.append(("Content-Length", str(len(answer))))
    head = f"HTTP/{version} {status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + (b"" if method == "HEAD" else answer))


# --- Lines over TCP ---------------------------------------------------------------------------------------------------

def line(connection):
    """The next line, read byte by byte, so that nothing of what follows is taken."""
    text = b""
    while not text.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return text
        text += byte
    return text.rstrip(b"\r\n")


def ssh(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    connection.recv(100)


def smtp(connection):
    connection.sendall(b"220 mail.test ESMTP ready\r\n")
    while (text := line(connection)):
        command = text.upper()
        if command.startswith(b"EHLO"):
            secure = isinstance(connection, ssl.SSLSocket)
            connection.sendall(b"250-mail.test\r\n" + (b"250-AUTH PLAIN\r\n" if secure else b"250-STARTTLS\r\n") + b"250 HELP\r\n")
        elif command == b"STARTTLS":
            connection.sendall(b"220 go ahead\r\n")
            connection = tls().wrap_socket(connection, server_side=True)
        elif command == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"500 what?\r\n")


def imap(connection):
    connection.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
    while (text := line(connection).lower()):
        if text == b". starttls":
            connection.sendall(b". OK begin\r\n")
            connection = tls().wrap_socket(connection, server_side=True)
        elif text == b". capability":
            connection.sendall(b"* CAPABILITY IMAP4rev1\r\n. OK done\r\n")


def irc(connection):
    line(connection)
    line(connection)
    connection.sendall(b":irc.test NOTICE * :hello\r\nPING :4711\r\n")
    if line(connection) == b"PONG 4711":
        connection.sendall(b":irc.test 001 prober :welcome\r\n")
        connection.recv(100)


def pop3(connection):
    connection.sendall(b"+OK ready\r\n")
    connection.recv(100)


def rabbit(connection):
    for _ in range(4):
        line(connection)
    connection.sendall(b"AMQP\x00\x00\x09\x01")


def postgres(connection):
    if connection.recv(9) != b"\0\0\0\x08\x04\xd2\x16\x2f\n":
        return
    connection.sendall(b"S")
    tls().wrap_socket(connection, server_side=True).recv(1)


def pong(connection):
    if line(connection) == b"PING":
        connection.sendall(b"PONG\n")


def farewell(connection):
    connection.sendall(b"no line end")


def quiet(connection):
    connection.recv(100)


# --- DNS --------------------------------------------------------------------------------------------------------------

def wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".") if part) + b"\0"


def record(name, kind, data, ttl=300):
    return wire(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


ADDRESS = [record("www.test", 1, bytes([127, 0, 0, 1]))]
ZONES = {
    "www.test": (0, ADDRESS, [], []),
    "two.test": (0, [record("two.test", 1, bytes([127, 0, 0, 1])), record("two.test", 1, bytes([192, 0, 2, 1]))], [], []),
    "soa.test": (0, [record("soa.test", 6, wire("ns.test") + wire("me.test") + struct.pack(">IIIII", 7, 1, 2, 3, 4))], [], []),
    "ns.test": (0, [], [record("test", 2, wire("ns.test"))], [record("ns.test", 1, bytes([192, 0, 2, 53]))]),
    "txt.test": (0, [record("txt.test", 16, b"\x04a \"b\x01c")], [], []),
    "mx.test": (0, [record("mx.test", 15, struct.pack(">H", 10) + wire("mail.test"))], [], []),
    "srv.test": (0, [record("srv.test", 33, struct.pack(">HHH", 1, 2, 443) + wire("a.test"))], [], []),
    "caa.test": (0, [record("caa.test", 257, b"\x00\x05issueca.test")], [], []),
    "odd.test": (0, [record("odd.test", 65_280, b"\x01\x02")], [], []),
    "empty.test": (0, [], [], []),
    # What blackbox_exporter's example file asks for.
    "prometheus.io": (0, [record("prometheus.io", 6, wire("ns.test") + wire("me.test") + struct.pack(">IIIII", 7, 1, 2, 3, 4))], [], []),
    "www.prometheus.io": (0, [record("www.prometheus.io", 1, bytes([127, 0, 0, 1]))], [], []),
    "broken.test": (2, [], [], []),
}


def answer(query):
    number, flags = struct.unpack(">HH", query[:4])
    labels, position = [], 12
    while query[position]:
        labels.append(query[position + 1:position + 1 + query[position]].decode().lower())
        position += 1 + query[position]
    question = query[12:position + 5]
    name = ".".join(labels)
    if name == "recursive.test":  # refuses whoever does not ask for recursion
        code, sections = (0, (ADDRESS, [], [])) if flags & 0x0100 else (5, ([], [], []))
    elif name == "chaos.test":
        code, sections = (0 if question[-2:] == b"\0\x03" else 5), ([], [], [])
    else:
        code, *sections = ZONES.get(name, (3, [], [], []))
    counts = struct.pack(">HHHH", 1, *(len(section) for section in sections))
    head = struct.pack(">HH", number, 0x8400 | (flags & 0x0100) | code)
    return head + counts + question + b"".join(b"".join(section) for section in sections)


def dns_over_tcp(connection):
    file = connection.makefile("rb")
    while len(length := file.read(2)) == 2:
        reply = answer(file.read(struct.unpack(">H", length)[0]))
        connection.sendall(struct.pack(">H", len(reply)) + reply)


def dns_over_udp():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    ports["dns-udp"] = server.getsockname()[1]

    def run():
        while True:
            query, peer = server.recvfrom(4096)
            server.sendto(answer(query), peer)

    threading.Thread(target=run, daemon=True).start()


# --- gRPC -------------------------------------------------------------------------------------------------------------

def grpc_servers():
    try:
        import grpc
    except ImportError:
        return
    states = {b"": b"\x08\x01", b"\x0a\x04down": b"\x08\x02", b"\x0a\x07unknown": b""}

    def check(request, context):
        if request == b"\x0a\x06secret":
            if dict(context.invocation_metadata()).get("x-token") != "hush-hush":
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "who are you?")
            return b"\x08\x01"
        if request not in states:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return states[request]

    for name, certificate in (("grpc", None), ("grpcs", "good"), ("grpc-empty", None)):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        if name != "grpc-empty":
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
                "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}),))
        if certificate:
            text = (FOLDER / f"{certificate}.pem").read_bytes()
            credentials = grpc.ssl_server_credentials([(text[text.index(b"-----BEGIN PRIVATE"):], text)])
            ports[name] = server.add_secure_port("127.0.0.1:0", credentials)
        else:
            ports[name] = server.add_insecure_port("127.0.0.1:0")
        server.start()
        kept.append(server)


kept = []
version = ssl.TLSVersion
listen("http", http)
listen("https", http, tls())
listen("https-h1", http, tls(protocols=["http/1.1"]))
listen("https-12", http, tls(newest=version.TLSv1_2))
listen("https-13", http, tls(oldest=version.TLSv1_3))
listen("https-expired", http, tls("expired.pem"))
listen("https-other", http, tls("other.pem"))
listen("https-mutual", http, tls(clients=True))
for server_name, script, context in (
    ("ssh", ssh, None), ("smtp", smtp, None), ("imap", imap, None), ("irc", irc, None), ("pop3s", pop3, tls()),
    ("rabbit", rabbit, tls()), ("postgres", postgres, None), ("farewell", farewell, None), ("quiet", quiet, None),
):
    listen(server_name, script, context)
listen("ping", pong, path=FOLDER / "ping.sock")
listen("dns-tcp", dns_over_tcp)
listen("dns-tls", dns_over_tcp, tls())
dns_over_udp()
grpc_servers()
closed = socket.create_server(("127.0.0.1", 0))
ports["closed"] = closed.getsockname()[1]
closed.close()
print(json.dumps(ports), flush=True)
sys.stdin.read()
os._exit(0)
