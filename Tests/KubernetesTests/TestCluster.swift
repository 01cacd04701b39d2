import Basics
import Foundation
import JSON
import TestSupport
import Transport

@testable import Kubernetes

/// A scripted cluster with its certificates, and a loop for its clients.
final class TestCluster: Sendable {
    let folder: URL
    let certificates: Certificates
    let server: KubernetesServer
    let loop: EventLoop

    var address: String { "https://127.0.0.1:\(server.port)" }

    /// Runs a body with a cluster of its own, which accepts the token `good` of `ann` and the certificate of `ann`.
    static func run<R: Sendable>(
        names: String = "DNS:localhost,IP:127.0.0.1", _ body: @Sendable (TestCluster) async throws -> R
    ) async throws -> R {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try KubernetesServer(
                certificate: certificates.issue("server", names: names), authority: certificates.authority)
            try server.script(["tokens": ["good": "ann"], "certificates": ["ann"]])
            let cluster = TestCluster(folder, certificates, server, try EventLoop.onOwnThread())
            defer { cluster.loop.stop() }
            return try await body(cluster)
        }
    }

    private init(_ folder: URL, _ certificates: Certificates, _ server: KubernetesServer, _ loop: EventLoop) {
        (self.folder, self.certificates, self.server, self.loop) = (folder, certificates, server, loop)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Writes a kubeconfig with one context and returns its path.
    /// - Parameters:
    ///   - cluster: further members of the cluster, in YAML's flow style, such as `tls-server-name: a`.
    ///   - user: the user's members in YAML's flow style.
    func kubeconfig(_ user: String = "token: good", cluster: String = "", server: String? = nil) throws -> String {
        try write(
            "config",
            """
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: c, user: u, namespace: shop}}]
            clusters:
            - name: c
              cluster: {server: "\(server ?? address)", certificate-authority: authority.pem\(cluster.isEmpty ? "" : ", " + cluster)}
            users:
            - name: u
              user: {\(user)}
            """)
    }

    /// The configuration of such a kubeconfig.
    func configuration(
        _ user: String = "token: good", cluster: String = "", server: String? = nil,
        time: TimeSource? = nil, runCommand: @escaping RunCommand = TestCluster.noCommand
    ) throws -> KubernetesConfiguration {
        let path = try kubeconfig(user, cluster: cluster, server: server)
        return try Kubeconfig(files: [path]).configuration(
            environment: Environment([:]), runCommand: runCommand, time: time ?? .live(loop), executor: loop)
    }

    /// A client with such a kubeconfig.
    func client(_ user: String = "token: good", cluster: String = "", time: TimeSource? = nil) throws
        -> KubernetesClient
    {
        KubernetesClient(try configuration(user, cluster: cluster, time: time), loop: loop, time: time)
    }

    static let noCommand: RunCommand = { _ in throw KubernetesError(.credentialsFailed, "no plugin is expected") }
}

extension Timestamp {
    /// Late enough for calls that take no time.
    static var soon: Timestamp { .now() + .seconds(30) }
}

/// A pod's object.
func pod(_ name: String, app: String = "web", node: String = "n1") -> JSONValue {
    [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": ["name": .string(name), "labels": ["app": .string(app)]],
        "spec": ["nodeName": .string(node), "containers": [["name": "main", "image": "web:1"]]],
        "status": ["phase": "Running"],
    ]
}

/// The names of objects, in order.
func names(_ objects: [JSONValue]) -> [String] { objects.compactMap { $0["metadata"]?["name"]?.stringValue } }
