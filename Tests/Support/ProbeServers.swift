import Basics
public import Foundation
import JSON

/// Servers that probes are tested against: HTTP, HTTPS of several versions of TLS, mail and chat, DNS, gRPC.
///
/// `probe_servers.py` says what they answer. They end with the last reference.
public final class ProbeServers: Sendable {
    /// The authority of the servers' certificates, a PEM file.
    public let authority: String
    private let server: PythonServer
    private let folder: String
    private let ports: [String: Int]

    /// Starts the servers.
    /// - Parameter folder: an empty folder, for their certificates.
    public init(in folder: URL) throws {
        let certificates = try Certificates(in: folder)
        authority = certificates.authority
        self.folder = folder.path
        _ = try certificates.issue("good")
        _ = try certificates.issue("expired", to: "20250201000000Z")
        _ = try certificates.issue("other", subject: "/CN=other.test", names: "DNS:other.test")
        let script = try String(
            contentsOf: Workspace.root.appending(path: "Tests/Support/probe_servers.py"), encoding: .utf8)
        server = try PythonServer(
            script, [folder.path], python: Workspace.hasPython ? Workspace.python : "python3", showsErrors: false)
        let object = try JSONValue(parsing: server.line).objectValue ?? [:]
        ports = Dictionary(
            uniqueKeysWithValues: object.compactMap { member in member.value.intValue.map { (member.key, Int($0)) } })
    }

    /// A text with `{name}` replaced by `127.0.0.1:port` of that server, `{name:port}` by the port alone, `{authority}`
    /// by the authority's file, and `{folder}` by the folder, in which `ping.sock` is a socket.
    public func filled(_ text: String) -> String {
        let text = text.replacingOccurrences(of: "{authority}", with: authority)
            .replacingOccurrences(of: "{folder}", with: folder)
        return ports.reduce(text) { text, server in
            text.replacingOccurrences(of: "{\(server.key)}", with: "127.0.0.1:\(server.value)")
                .replacingOccurrences(of: "{\(server.key):port}", with: "\(server.value)")
        }
    }
}

/// Debian's `prometheus-blackbox-exporter` with a configuration file; ends with its last reference.
public final class BlackboxExporter: Sendable {
    /// Where build.sh unpacks the package; nil when it could not be fetched.
    public static let folder: URL? = {
        let folder = Workspace.root.appending(path: ".build/blackbox")
        return FileManager.default.isExecutableFile(atPath: folder.appending(path: program).path) ? folder : nil
    }()
    private static let program = "usr/bin/prometheus-blackbox-exporter"

    /// The configuration that the package has as an example.
    public static let example = folder?.appending(
        path: "usr/share/doc/prometheus-blackbox-exporter/examples/example.yml")

    private let server: PythonServer
    private let port: UInt16

    /// Prints the port that the program says it listens on, and ends it with itself.
    private static let script = """
        import ctypes, re, signal, subprocess, sys, threading
        def die_with_parent(): ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        program = subprocess.Popen([sys.argv[1], "--config.file", sys.argv[2], "--web.listen-address", "127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        for line in program.stderr:
            found = re.search(r"[Ll]isten.*127\\.0\\.0\\.1:(\\d+)", line)
            if found and found[1] != "0":
                print(found[1], flush=True)
                break
        else: sys.exit(line)
        threading.Thread(target=program.stderr.read, daemon=True).start()
        sys.stdin.read()
        program.kill()
        """

    /// Starts it.
    /// - Throws: `ServerError` when it refuses the file.
    public init(configuration: URL) throws {
        guard let folder = Self.folder else { throw ServerError("there is no prometheus-blackbox-exporter") }
        server = try PythonServer(
            Self.script, [folder.appending(path: Self.program).path, configuration.path])
        port = try server.port()
    }

    /// The URL at which it probes a target, and tells what it has done.
    public func url(_ target: String, module: String) -> String {
        "http://127.0.0.1:\(port)/probe?debug=true&module=\(percentEncoded(module))&target=\(percentEncoded(target))"
    }
}
