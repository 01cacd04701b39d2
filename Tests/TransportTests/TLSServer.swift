import Foundation
import TestSupport

/// Python's TLS server on a free port of 127.0.0.1; answers every request with 200 and `secure`.
///
/// Ends with its last
/// reference, or when this process does (its standard input closes).
final class TLSServer: Sendable {
    let port: UInt16
    private let process: Process
    private let input = Pipe()

    private static let script = """
        import http.server, os, ssl, sys, threading
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"secure")
            def log_message(self, *args): pass
        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args): pass
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        server = Server(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_port, flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        server.serve_forever()
        """

    /// - Parameter certificate: a PEM file with certificate and key.
    init(certificate: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, certificate]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Certificates.Failure(description: "the TLS server did not start: \(line)")
        }
        self.port = port
    }

    deinit {
        // Not `terminate`: a child of the pool's threads inherits their mask, in which SIGTERM is blocked.
        kill(process.processIdentifier, SIGKILL)
    }
}
