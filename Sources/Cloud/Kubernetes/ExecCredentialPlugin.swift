import Basics
import Glibc
import JSON
import Processes
import Transport
import YAML

/// A program that gives credentials (`exec` in a kubeconfig), such as `aws eks get-token` or `kubelogin`.
///
/// Source: "client-go credential plugins" in "Authenticating" at kubernetes.io.
struct ExecCredentialPlugin: Sendable {
    private let user: String
    private let command: [String]
    private let variables: [(name: String, value: String)]
    private let apiVersion: String
    private let installHint: String?
    /// `spec.cluster` of what the plugin is told; nil when it does not want it.
    private let clusterInfo: JSONObject?
    private let environment: Environment
    private let loop: EventLoop
    private let time: TimeSource

    private static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    /// The longest that a plugin may take, also where the call has more time.
    private static let longestRun = Duration.seconds(60)
    /// How much of what a plugin says on standard error is shown, in bytes.
    private static let shownErrors = 500

    /// Reads the plugin's entry.
    /// - Throws: `KubernetesError` with `invalidConfiguration`.
    init(
        _ node: YAMLNode, of user: String, _ entry: Kubeconfig.Entry, _ context: PluginContext
    ) throws(KubernetesError) {
        func fault(_ message: String, _ key: String) -> KubernetesError {
            Kubeconfig.fault("user \(user): exec: \(message)", node[key] ?? node, entry.file)
        }
        guard let program = node.nonEmptyText("command") else { throw fault("there is no command", "command") }
        let version = node.nonEmptyText("apiVersion") ?? ""
        guard Self.versions.contains(version) else {
            throw fault(
                "apiVersion is \(version.debugDescription): Kubernetes has \(Self.versions.joined(separator: " and "))",
                "apiVersion")
        }
        switch node.nonEmptyText("interactiveMode") {
        case "Never", "IfAvailable": break
        case nil where version == Self.versions[1]: break
        case "Always":
            throw fault(
                "interactiveMode is Always, but nobody can be asked here: use a plugin that needs no terminal",
                "interactiveMode")
        default: throw fault("interactiveMode must be Never, IfAvailable or Always", "interactiveMode")
        }
        // As kubectl: with a slash it is relative to the file, without one it is looked up in PATH.
        var command = [program.contains("/") ? entry.relativeToFile(program) : program]
        if case .sequence(let arguments)? = node["args"]?.kind { command += arguments.compactMap(\.text) }
        self.command = command
        var variables: [(name: String, value: String)] = []
        if case .sequence(let entries)? = node["env"]?.kind {
            for entry in entries {
                guard let name = entry.nonEmptyText("name") else { throw fault("a variable has no name", "env") }
                variables.append((name, entry["value"]?.text ?? ""))
            }
        }
        self.variables = variables
        self.user = user
        apiVersion = version
        installHint = node.nonEmptyText("installHint")
        clusterInfo =
            node["provideClusterInfo"]?.text == "true" ? try Self.clusterInfo(context.cluster) : nil
        environment = context.environment
        loop = context.loop
        time = context.time
    }

    /// The credentials of the plugin, kept until they expire or are refused.
    /// - Parameter certificate: the user's own client certificate, for plugins that give a token.
    func authentication(with certificate: ClientCertificate?) -> KubernetesAuthentication {
        let kept = RenewedCredentials(
            of: "the credentials of \(command[0]) for user \(user)", time: time, executor: loop
        ) { deadline in
            var (credentials, expiration) = try await run(until: deadline)
            credentials.certificate = credentials.certificate ?? certificate
            return (credentials, expiration)
        }
        return kept.authentication
    }

    /// Runs the plugin once.
    private func run(until deadline: Timestamp?) async throws -> (KubernetesCredentials, Timestamp?) {
        var variables = environment.variables
        for (name, value) in self.variables { variables[name] = value }
        variables["KUBERNETES_EXEC_INFO"] = JSONValue.object(request).description
        let left = deadline.map { max($0 - time.now(), .zero) } ?? Self.longestRun
        let plugin = ChildCommand(command, environment: variables, timeout: min(left, Self.longestRun))
        let result: ChildCommand.Result
        do { result = try await plugin.run(on: loop) } catch let error as ProcessError {
            let hint = error.code == .notStarted ? installHint.map { ". \($0)" } ?? "" : ""
            throw failure("gave nothing: \(error)\(hint)", underlying: error)
        }
        guard result.exitCode == 0 else { throw failure(result.failure(showing: Self.shownErrors)) }
        return try credentials(from: result.output)
    }

    /// What the plugin is told.
    private var request: JSONObject {
        var spec: JSONObject = ["interactive": false]
        spec["cluster"] = clusterInfo.map(JSONValue.object)
        return ["kind": "ExecCredential", "apiVersion": .string(apiVersion), "spec": .object(spec)]
    }

    /// Reads an `ExecCredential`.
    ///
    /// The output is never part of a message: it has the token in it.
    private func credentials(
        from output: [UInt8]
    ) throws(KubernetesError) -> (KubernetesCredentials, Timestamp?) {
        guard let document = try? JSONValue(parsing: output), document["kind"] == "ExecCredential" else {
            throw failure("did not print an ExecCredential in JSON")
        }
        guard document["apiVersion"]?.stringValue == apiVersion else {
            throw failure(
                "answered in \(document["apiVersion"]?.stringValue ?? "no version"), but the kubeconfig wants "
                    + apiVersion)
        }
        let status = document["status"] ?? .null
        func text(_ key: String) -> String? { status[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
        var credentials = KubernetesCredentials()
        credentials.authorization = text("token").map { "Bearer " + $0 }
        switch (text("clientCertificateData"), text("clientKeyData")) {
        case (nil, nil): break
        case (let certificate?, let key?):
            let both = ClientCertificate(certificate: Array(certificate.utf8), key: Array(key.utf8))
            do throws(TransportError) { try both.check() } catch {
                throw failure("gave a client certificate that cannot be used: \(error.message)")
            }
            credentials.certificate = both
        default: throw failure("gave a client certificate without its key, or the other way round")
        }
        guard credentials.authorization != nil || credentials.certificate != nil else {
            throw failure("gave neither a token nor a client certificate")
        }
        guard let expiration = text("expirationTimestamp") else { return (credentials, nil) }
        guard let expiration = Timestamp(iso8601: expiration) else {
            throw failure("gave an expirationTimestamp that is no RFC 3339 time")
        }
        return (credentials, expiration)
    }

    private func failure(_ message: String, underlying: (any Error)? = nil) -> KubernetesError {
        KubernetesError(
            .credentialsFailed, "the plugin \(command[0]) for user \(user) \(message)", underlying: underlying)
    }

    private static func clusterInfo(_ cluster: Kubeconfig.Entry) throws(KubernetesError) -> JSONObject {
        var info: JSONObject = [:]
        for key in ["server", "tls-server-name", "proxy-url"] {
            info[key] = cluster.node.nonEmptyText(key).map(JSONValue.string)
        }
        var authorities = try cluster.data("certificate-authority-data")
        if authorities == nil, let path = cluster.path("certificate-authority") {
            do throws(SystemError) { authorities = try contents(ofFile: path, limit: 1 << 20) } catch {
                throw Kubeconfig.fault("\(path) cannot be read: \(error)", cluster.node, cluster.file)
            }
        }
        info["certificate-authority-data"] = authorities.map { .string(Base64.encode($0)) }
        if case .sequence(let extensions)? = cluster.node["extensions"]?.kind {
            let own = extensions.first { $0.nonEmptyText("name") == "client.authentication.k8s.io/exec" }
            info["config"] = own?["extension"]?.json
        }
        return info
    }
}
