import Basics
import Transport
import YAML

/// What an exec plugin needs from outside of its entry.
struct PluginContext {
    let cluster: Kubeconfig.Entry
    let environment: Environment
    /// Runs the plugin, and renews its credentials.
    let loop: EventLoop
    let time: TimeSource
}

/// An entry of `users`: as whom requests are made.
struct UserEntry {
    private let name: String
    private let entry: Kubeconfig.Entry
    private var node: YAMLNode { entry.node }

    init(_ name: String, _ entry: Kubeconfig.Entry) {
        self.name = name
        self.entry = entry
    }

    /// Whom the user acts for (`as`, `as-uid`, `as-groups`, `as-user-extra`).
    func impersonation() throws(KubernetesError) -> KubernetesImpersonation? {
        let groups = try texts(node["as-groups"], "as-groups")
        var extra: [String: [String]] = [:]
        if case .mapping(let members)? = node["as-user-extra"]?.kind {
            for (key, value) in members { extra[key.text ?? ""] = try texts(value, "as-user-extra") }
        }
        guard let user = node.nonEmptyText("as") else {
            guard groups.isEmpty, extra.isEmpty, node.nonEmptyText("as-uid") == nil else {
                throw fault("as-groups, as-uid and as-user-extra need the user's name in `as`")
            }
            return nil
        }
        return KubernetesImpersonation(user: user, uid: node.nonEmptyText("as-uid"), groups: groups, extra: extra)
    }

    /// The user's credentials.
    func authentication(_ context: PluginContext) throws(KubernetesError) -> KubernetesAuthentication {
        if let provider = node["auth-provider"], !provider.isNull {
            let plugin = provider.nonEmptyText("name").map { " (\($0))" } ?? ""
            throw fault(
                "auth-provider\(plugin) is no longer part of Kubernetes since 1.26: use an exec plugin, such as kubelogin "
                    + "or gke-gcloud-auth-plugin", at: "auth-provider")
        }
        let certificate = try clientCertificate()
        // As kubectl: what is written down comes before the plugin, which then does not run.
        if let path = entry.path("tokenFile") {
            return .tokenFile(path, with: certificate, user: "the token of user \(name)")
        }
        if let (authorization, kind) = try authorization() {
            let credentials = KubernetesCredentials(authorization: authorization, certificate: certificate)
            return .fixed(credentials, user: "\(kind) of user \(name)")
        }
        if let exec = node["exec"], !exec.isNull {
            let plugin = try ExecCredentialPlugin(exec, of: name, entry, context)
            return plugin.authentication(with: certificate)
        }
        let kind = certificate == nil ? "user \(name), who has no credentials" : "the certificate of user \(name)"
        return .fixed(KubernetesCredentials(certificate: certificate), user: kind)
    }

    /// The header of a token or a password that the entry itself has, and what people call it.
    private func authorization() throws(KubernetesError) -> (header: String, kind: String)? {
        let (token, login) = (node.nonEmptyText("token"), node.nonEmptyText("username"))
        switch (token, login) {
        case (_?, _?): throw fault("there are a token and a username: remove one, as only one can be sent", at: "token")
        case (let token?, nil): return ("Bearer " + token, "the token")
        case (nil, let login?):
            let password = node.nonEmptyText("password") ?? ""
            return ("Basic " + Base64.encode(Array("\(login):\(password)".utf8)), "the password")
        case (nil, nil): return nil
        }
    }

    private func clientCertificate() throws(KubernetesError) -> ClientCertificate? {
        guard let certificate = try clientCertificateParts() else { return nil }
        do throws(TransportError) { try certificate.check() } catch {
            throw fault("the client certificate cannot be used: \(error.message)")
        }
        return certificate
    }

    private func clientCertificateParts() throws(KubernetesError) -> ClientCertificate? {
        let isInline = ["client-certificate-data", "client-key-data"].contains { node.nonEmptyText($0) != nil }
        if !isInline, let certificate = entry.path("client-certificate"), let key = entry.path("client-key") {
            // By their paths: each new connection reads the files, which something else may replace.
            return ClientCertificate(certificateFile: certificate, keyFile: key)
        }
        switch (try content("client-certificate"), try content("client-key")) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return ClientCertificate(certificate: certificate, key: key)
        case (_?, nil): throw fault("client-certificate needs client-key as well")
        case (nil, _?): throw fault("client-key needs client-certificate as well")
        }
    }

    /// The content of `<key>-data`, or of the file that `<key>` names.
    private func content(_ key: String) throws(KubernetesError) -> [UInt8]? {
        if let data = try entry.data(key + "-data") { return data }
        guard let path = entry.path(key) else { return nil }
        do throws(SystemError) { return try contents(ofFile: path, limit: 1 << 20) } catch {
            throw fault("\(path) cannot be read: \(error)", at: key)
        }
    }

    private func texts(_ node: YAMLNode?, _ key: String) throws(KubernetesError) -> [String] {
        guard let node, !node.isNull else { return [] }
        guard case .sequence(let elements) = node.kind else { throw fault("\(key) must be a list of strings", at: key) }
        return elements.compactMap(\.text)
    }

    private func fault(_ message: String, at key: String? = nil) -> KubernetesError {
        Kubeconfig.fault("user \(name): \(message)", key.flatMap { node[$0] } ?? node, entry.file)
    }
}
