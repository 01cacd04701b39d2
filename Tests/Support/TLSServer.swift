import Foundation

/// Python's TLS server on a free port of 127.0.0.1.
///
/// Ends with its last reference, or when this process does (its standard input closes).
///
///     let server = try TLSServer(certificate: Certificates(in: folder).issue("good"))
public final class TLSServer: Sendable {
    /// What it does with a connection.
    public enum Behaviour: String, Sendable {
        /// Answers every HTTP request with 200 and `secure`.
        case http
        /// Sends back what it gets, until it is told farewell.
        case echo
        /// Speaks as much SMTP as `STARTTLS` needs, then sends back what it gets.
        case startTLS
        /// Sends `half` and closes the connection without TLS's farewell.
        case cut
    }

    /// The port it listens on.
    public let port: UInt16
    private let server: PythonServer

    private static let script = """
        import json, os, socket, ssl, sys, threading
        certificate, behaviour, clients, protocols = json.loads(sys.argv[1])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        if protocols: context.set_alpn_protocols(protocols)
        ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nsecure"
        def mail(plain):
            plain.sendall(b"220 ready\\r\\n")
            line = b""
            while line != b"STARTTLS\\r\\n":
                line = b""
                while not line.endswith(b"\\n"):
                    byte = plain.recv(1)
                    if not byte: return
                    line += byte
                plain.sendall(b"220 go ahead\\r\\n" if line == b"STARTTLS\\r\\n" else b"250 STARTTLS\\r\\n")
        def serve(plain):
            try:
                if behaviour == "startTLS": mail(plain)
                secure = context.wrap_socket(plain, server_side=True)
                if behaviour == "cut":
                    # Nagle's algorithm could hold it back, and the close would then throw it away.
                    secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    secure.sendall(b"half")
                    return socket.socket(fileno=secure.detach()).close()
                while data := secure.recv(65536): secure.sendall(ANSWER if behaviour == "http" else data)
                secure.unwrap().close()
            except OSError: plain.close()
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        while True: threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
        """

    /// Starts a server.
    /// - Parameters:
    ///   - certificate: a PEM file with certificate and key.
    ///   - clientAuthority: the authority of the certificates that clients must show; `nil` asks for none.
    ///   - protocols: what it speaks, for ALPN.
    public init(
        certificate: String, _ behaviour: Behaviour = .http, clientAuthority: String? = nil, protocols: [String] = []
    ) throws {
        let options: [Any] = [certificate, behaviour.rawValue, clientAuthority ?? "", protocols]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: options), as: UTF8.self)
        server = try PythonServer(Self.script, [json])
        port = try server.port()
    }
}
