import Foundation
public import JSON

/// A scripted Kubernetes API server over TLS that `kubectl` accepts, with a CONNECT proxy beside it.
///
/// `kubernetes_server.py` says what it does and what a script may say. Ends with its last reference.
public final class KubernetesServer: Sendable {
    /// The server's port on 127.0.0.1.
    public let port: Int
    /// The port of the proxy, whose user is `ann` and whose password is `s3cret`.
    public let proxyPort: Int

    private let controlPort: Int
    private let server: PythonServer

    /// Starts a server.
    /// - Parameters:
    ///   - certificate: a PEM file with certificate and key.
    ///   - authority: a PEM file with the authority of the clients' certificates.
    public init(certificate: String, authority: String) throws {
        let script = Workspace.root.appending(path: "Tests/Support/kubernetes_server.py")
        server = try PythonServer(String(contentsOf: script, encoding: .utf8), [certificate, authority])
        let ports = server.line.split(separator: " ").compactMap { Int($0) }
        guard ports.count == 3 else { throw ServerError("the server printed no ports: \(server.line)") }
        (port, proxyPort, controlPort) = (ports[0], ports[1], ports[2])
    }

    /// Changes what the server does and has.
    /// - Returns: the requests so far, in order.
    @discardableResult
    public func script(_ script: JSONValue = [:]) throws -> [JSONValue] {
        try ServerControl.exchange(script, port: controlPort).arrayValue ?? []
    }

    /// All objects by their paths, without uid, version and time of creation.
    public func state() throws -> JSONValue { try script(["state": true]).first ?? [:] }
}

/// The `kubectl` of this machine.
public enum Kubectl {
    /// Its path; nil when there is none: tests that need it carry `.enabled(if: Kubectl.path != nil, "…")`.
    public static let path = ["/usr/bin/kubectl", "/usr/local/bin/kubectl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whether its `exec` speaks WebSocket, as it does since 1.31; before it was SPDY only.
    public static let speaksWebSocket: Bool = {
        guard let path, let result = try? Command.run(path, ["version", "--client", "-o", "json"]),
            let version = try? JSONValue(parsing: Array(result.output.utf8)),
            let minor = version["clientVersion"]?["minor"]?.stringValue.flatMap({ Int($0.prefix(2)) })
        else { return false }
        return minor >= 31
    }()
}
