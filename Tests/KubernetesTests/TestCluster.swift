import Basics
import Foundation
import JSON
import TestSupport
import Transport

@testable import Kubernetes

/// A scripted cluster with its certificates, and a loop for its clients.
final class TestCluster: Sendable {
    let folder: URL
    let server: KubernetesServer
    let loop: EventLoop

    var address: String { "https://127.0.0.1:\(server.port)" }

    /// A folder that is removed when the tests end.
    static let sharedFolder = FileManager.default.temporaryDirectory
        .appending(path: "tocsin-" + UUID().uuidString)

    /// The certificates of all clusters: `server`, `named` (for `cluster.test` alone), `expired`, and for the clients
    /// `ann` and `bob`.
    private static let issued = Result {
        try FileManager.default.createDirectory(at: sharedFolder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: TestCluster.sharedFolder) }
        let certificates = try Certificates(in: sharedFolder)
        _ = try certificates.issue("server")
        _ = try certificates.issue("named", names: "DNS:cluster.test")
        _ = try certificates.issue("expired", from: "20250101000000Z", to: "20250102000000Z")
        for name in ["ann", "bob"] { _ = try certificates.issue(name, subject: "/CN=\(name)") }
        return certificates
    }

    /// Servers that no test uses now, by their certificate: to start one takes longer than most tests.
    private static let idle = Locked<[String: [KubernetesServer]]>([:])

    /// The path of the authority of all servers' certificates.
    static func authority() throws -> String { try issued.get().authority }

    /// Runs a body with a cluster of its own, which accepts the token `good` of `ann` and the certificate of `ann`.
    static func run<R: Sendable>(
        certificate: String = "server", _ body: @Sendable (TestCluster) async throws -> R
    ) async throws -> R {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try issued.get()
            for file in ["authority.pem", "ann.crt", "ann.key"] {
                try FileManager.default.copyItem(
                    at: certificates.folder.appending(path: file), to: folder.appending(path: file))
            }
            let server =
                try idle.withLock { $0[certificate]?.popLast() }
                ?? KubernetesServer(
                    certificate: certificates.folder.appending(path: certificate + ".pem").path,
                    authority: certificates.authority)
            try server.script(["reset": true, "tokens": ["good": "ann"], "certificates": ["ann"]])
            defer { idle.withLock { $0[certificate, default: []].append(server) } }
            let cluster = TestCluster(folder, server, try EventLoop.onOwnThread())
            defer { cluster.loop.stop() }
            return try await body(cluster)
        }
    }

    private init(_ folder: URL, _ server: KubernetesServer, _ loop: EventLoop) {
        (self.folder, self.server, self.loop) = (folder, server, loop)
    }

    /// Fills the namespace `shop` with pods of these names.
    func addPods(_ names: String...) throws {
        try server.script(["objects": ["api/v1/namespaces/shop/pods": .array(names.map { pod($0) })]])
    }

    /// The requests of clients so far, in order.
    func requests() throws -> [JSONValue] { try server.script() }

    /// `METHOD path?query` of the requests so far.
    func targets() throws -> [String] {
        try requests().map { "\($0["method"]?.stringValue ?? "") \($0["target"]?.stringValue ?? "")" }
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
        time: TimeSource? = nil, variables: [String: String] = [:]
    ) throws -> KubernetesConfiguration {
        let path = try kubeconfig(user, cluster: cluster, server: server)
        return try Kubeconfig(files: [path]).configuration(
            environment: Environment(variables), loop: loop, time: time)
    }

    /// A client with such a kubeconfig.
    func client(_ user: String = "token: good", cluster: String = "", time: TimeSource? = nil) throws
        -> KubernetesClient
    {
        KubernetesClient(try configuration(user, cluster: cluster, time: time), loop: loop, time: time)
    }

    /// For configurations that wait for nothing.
    static let idleLoop = Result { try EventLoop.onOwnThread() }
}

extension Timestamp {
    /// Late enough for calls that take no time.
    static var soon: Timestamp { .now() + .seconds(300) }
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
