import Basics
public import Transport

/// How a cluster is reached and as whom: what a kubeconfig's context, a pod's service account or EKS say.
public struct KubernetesConfiguration: Sendable {
    /// The URL of the API server, `https://…`, without a slash at its end.
    ///
    /// Plain HTTP is only for this machine, where `kubectl proxy` listens.
    public var server: String
    /// What the server's certificate is verified against.
    ///
    /// There is no way to turn verification off.
    public var authorities: CertificateAuthorities
    /// The name that the certificate must have, when it is not the URL's host.
    public var tlsServerName: String?
    /// The proxies on the way.
    public var proxy = ProxySettings()
    /// The namespace of calls that name none.
    public var namespace: String
    /// As whom.
    public var authentication: KubernetesAuthentication
    /// Whom the user acts for.
    public var impersonation: KubernetesImpersonation?
    /// Where this comes from, for people: `context dev of /home/ann/.kube/config`.
    public var source: String

    /// A configuration from its parts.
    /// - Throws: `KubernetesError` with `invalidConfiguration` for a server that is no URL, or a foreign one in plain
    ///   HTTP.
    public init(
        server: String, authorities: CertificateAuthorities, namespace: String = "default",
        authentication: KubernetesAuthentication, source: String
    ) throws(KubernetesError) {
        var server = server[...]
        while server.last == "/" { server.removeLast() }
        let host = ServerAddress(String(server))
        guard let host else {
            throw KubernetesError(
                .invalidConfiguration, "\(source): the server is no https:// URL with a host, without user and query")
        }
        guard host.isSecure || host.isThisMachine else {
            throw KubernetesError(
                .invalidConfiguration,
                "\(source): the server \(host.name) is to be reached by plain HTTP, in which others can read the "
                    + "credentials: give its https:// URL")
        }
        self.server = String(server)
        self.authorities = authorities
        self.namespace = namespace
        self.authentication = authentication
        self.source = source
    }

    /// The server's URL without a user, for messages.
    var host: String { ServerAddress(server)?.name ?? server }
}

/// Whom a request acts for, when its user may do that: the headers `Impersonate-…`.
public struct KubernetesImpersonation: Sendable, Hashable {
    /// The other user's name.
    public var user: String
    /// The other user's id.
    public var uid: String?
    /// The other user's groups.
    public var groups: [String]
    /// Further facts about the other user, by name.
    public var extra: [String: [String]]

    /// Whom to act for.
    public init(user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// The header fields that say so.
    var headers: [(name: String, value: String)] {
        var headers = [("Impersonate-User", user)]
        if let uid { headers.append(("Impersonate-Uid", uid)) }
        headers += groups.map { ("Impersonate-Group", $0) }
        for (name, values) in extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { ("Impersonate-Extra-" + percentEncoded(name.lowercased()), $0) }
        }
        return headers
    }
}

/// The parts of a server's URL that decide whether it is allowed.
struct ServerAddress {
    let isSecure: Bool
    /// `host` or `host:port`.
    let name: String

    /// nil for what is no URL of a server: another scheme, a user, a query, no host.
    init?(_ url: String) {
        let scheme = url.utf8.prefix { $0 != UInt8(ascii: ":") }
        switch String(Substring(scheme)).lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        let rest = url.utf8.dropFirst(scheme.count)
        guard rest.starts(with: "://".utf8), !url.utf8.contains(where: { [0x3F, 0x23, 0x40, 0x20].contains($0) }) else {
            return nil
        }
        name = String(Substring(rest.dropFirst(3).prefix { $0 != UInt8(ascii: "/") }))
        if name.isEmpty || name.hasPrefix(":") { return nil }
    }

    /// Whether the host can only be this machine.
    var isThisMachine: Bool {
        let host =
            name.hasPrefix("[")
            ? Substring(name.dropFirst().prefix { $0 != "]" }) : Substring(name.prefix { $0 != ":" })
        if host == "localhost" || host == "::1" { return true }
        return host.hasPrefix("127.") && SocketAddress(ip: String(host), port: 0) != nil
    }
}
