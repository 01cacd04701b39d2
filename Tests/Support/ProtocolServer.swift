/// Small servers in Python on a free port of 127.0.0.1, for what a `ScriptedServer` cannot speak: TLS, before or after
/// some plain lines, and WebSocket, whose frames Python reads and writes independently of ours.
///
/// Ends with its last reference, or when this process does (its standard input closes).
public final class ProtocolServer: Sendable {
    /// What it speaks.
    public enum Kind: String, Sendable {
        /// TLS, then echoes what it reads, after `echo:`.
        case tlsEcho = "tls-echo"
        /// The same for clients with a certificate of the authority.
        case mutualTLSEcho = "tls-echo-mutual"
        /// SMTP with STARTTLS (RFC 3207).
        case smtp
        /// IMAP with STARTTLS.
        case imap
        /// POP3 with STLS.
        case pop3
        /// A mail server without STARTTLS.
        case smtpWithoutTLS = "smtp-plain"
        /// A mail server that sends a line too many before TLS.
        case smtpInjected = "smtp-injected"
        /// WebSocket that pings, then echoes each message in two frames.
        case webSocket = "ws"
        /// The same in TLS.
        case secureWebSocket = "wss"
    }

    /// Where it listens.
    public let port: UInt16
    private let server: PythonServer

    /// Starts a server.
    /// - Parameters:
    ///   - certificate: a PEM file with certificate and key, for the kinds with TLS.
    ///   - authority: a PEM file with the authority of the clients' certificates.
    public init(_ kind: Kind, certificate: String = "", authority: String = "") throws {
        server = try PythonServer(Self.script, [kind.rawValue, certificate, authority])
        port = try server.port()
    }

    private static let script = #"""
        import base64, hashlib, os, socket, ssl, struct, sys, threading
        kind, certificate, authority = sys.argv[1:4]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate: context.load_cert_chain(certificate)
        if authority:
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED

        def line(file): return file.readline().rstrip(b"\r\n").upper()

        def mail(connection, greeting, commands):
            file = connection.makefile("rb")
            connection.sendall(greeting)
            while True:
                text = line(file)
                if not text: return
                for command, answer, starts in commands:
                    if text.startswith(command):
                        connection.sendall(answer)
                        if starts:
                            context.wrap_socket(connection, server_side=True).recv(1)
                            return
                        break
                else: connection.sendall(b"500 what?\r\n")

        def frame(first, payload):
            size = len(payload)
            if size < 126: return bytes([first, size]) + payload
            if size < 65536: return bytes([first, 126]) + struct.pack(">H", size) + payload
            return bytes([first, 127]) + struct.pack(">Q", size) + payload

        def receive(file):
            first, second = file.read(2)
            assert second & 0x80, "a client's frame has to be masked"
            size = second & 0x7F
            if size == 126: size, = struct.unpack(">H", file.read(2))
            elif size == 127: size, = struct.unpack(">Q", file.read(8))
            mask, payload = file.read(4), file.read(size)
            return first, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

        def websocket(connection):
            file = connection.makefile("rb")
            head = {}
            request = file.readline().decode()
            while (text := file.readline().strip()):
                name, _, value = text.decode().partition(":")
                head[name.lower()] = value.strip()
            key = head["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
            connection.sendall(("HTTP/1.1 101 Switching\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\nX-Origin: {head.get('origin')}\r\nX-Host: {head['host']}\r\n\r\n").encode())
            first, payload = receive(file)
            assert first == 0x81
            connection.sendall(frame(0x89, b"are you there"))
            assert receive(file) == (0x8A, b"are you there")
            answer = request.split()[1].encode() + b" " + payload
            connection.sendall(frame(0x01, answer[:3]) + frame(0x89, b"") + frame(0x80, answer[3:]))
            receive(file)
            receive(file)

        def serve(connection):
            if kind in ("tls-echo", "tls-echo-mutual", "wss"): connection = context.wrap_socket(connection, server_side=True)
            if kind.startswith("tls-echo"):
                while (data := connection.recv(65536)): connection.sendall(b"echo:" + data)
            elif kind in ("ws", "wss"): websocket(connection)
            elif kind == "smtp":
                mail(connection, b"220-mail.test\r\n220 ESMTP\r\n", [
                    (b"EHLO ", b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", False),
                    (b"STARTTLS", b"220 go ahead\r\n", True)])
            elif kind == "smtp-injected":
                mail(connection, b"220 mail.test\r\n", [(b"EHLO ", b"250 STARTTLS\r\n", False),
                    (b"STARTTLS", b"220 go ahead\r\n250 injected\r\n", True)])
            elif kind == "smtp-plain": mail(connection, b"220 mail.test\r\n", [(b"EHLO ", b"250 mail.test\r\n", False)])
            elif kind == "imap":
                mail(connection, b"* OK ready\r\n", [(b"A STARTTLS", b"* CAPABILITY IMAP4\r\nA OK begin\r\n", True)])
            elif kind == "pop3": mail(connection, b"+OK ready\r\n", [(b"STLS", b"+OK begin\r\n", True)])

        def run(connection):
            try: serve(connection)
            except Exception: pass
            finally: connection.close()

        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        while True:
            connection, _ = listener.accept()
            connection.settimeout(30)
            threading.Thread(target=run, args=(connection,), daemon=True).start()
        """#
}
