public import Basics
import Glibc
public import Transport
import YAML

/// The settings of `kubectl`: clusters, users, and contexts that join one of each, from one or several files.
///
/// Source: "Organizing Cluster Access Using kubeconfig Files" and the reference of `kubeconfig (v1)` at kubernetes.io.
public struct Kubeconfig: Sendable {
    /// A cluster, user or context, and the file that it is in.
    struct Entry: Sendable {
        let node: YAMLNode
        let file: String
    }

    /// The files that were read, in order.
    public let files: [String]
    var currentContext: String?
    var clusters: [String: Entry] = [:]
    var users: [String: Entry] = [:]
    var contexts: [String: Entry] = [:]

    /// Larger files are refused.
    private static let maximumBytes = 4 << 20

    /// The files that `kubectl` would read: those of `KUBECONFIG`, separated by colons, or `~/.kube/config`.
    public static func paths(in environment: Environment) -> [String] {
        if let list = environment["KUBECONFIG"] { return list.split(separator: ":").map(String.init) }
        return environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
    }

    /// Reads files and merges them as `kubectl` does: of equal names in two files the first wins, in one file they are
    /// refused; files that are not there are left out.
    /// - Throws: `KubernetesError` with `invalidConfiguration`, which names the file and the line.
    public init(files paths: [String]) throws(KubernetesError) {
        var files: [String] = []
        var roots: [Entry] = []
        for path in paths {
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try contents(ofFile: path, limit: Self.maximumBytes) } catch {
                if error.number == ENOENT { continue }
                throw KubernetesError(.invalidConfiguration, "the kubeconfig \(path) cannot be read: \(error)")
            }
            files.append(path)
            let root: YAMLNode
            do throws(YAMLError) { root = try YAMLNode(parsing: bytes) } catch {
                throw KubernetesError(.invalidConfiguration, "\(path): \(error)", underlying: error)
            }
            if root.isNull { continue }  // an empty file
            guard case .mapping = root.kind else {
                throw Self.fault("this is no kubeconfig: it has no clusters, users and contexts", root, path)
            }
            roots.append(Entry(node: root, file: path))
        }
        self.files = files
        for root in roots {
            if currentContext == nil { currentContext = root.node.nonEmptyText("current-context") }
            try Self.merge("clusters", "cluster", of: root, into: &clusters)
            try Self.merge("users", "user", of: root, into: &users)
            try Self.merge("contexts", "context", of: root, into: &contexts)
        }
    }

    private static func merge(
        _ list: String, _ member: String, of root: Entry, into entries: inout [String: Entry]
    ) throws(KubernetesError) {
        guard let elements = root.node[list], !elements.isNull else { return }
        guard case .sequence(let elements) = elements.kind else {
            throw fault("\(list) must be a list", root.node[list] ?? root.node, root.file)
        }
        var names: Set<String> = []
        for element in elements {
            guard let name = element.nonEmptyText("name") else {
                throw fault("an entry of \(list) has no name", element, root.file)
            }
            guard names.insert(name).inserted else {
                throw fault("\(list) has the name \(name) twice: remove or rename one", element, root.file)
            }
            if entries[name] == nil, let node = element[member] { entries[name] = Entry(node: node, file: root.file) }
        }
    }

    static func fault(_ message: String, _ node: YAMLNode, _ file: String) -> KubernetesError {
        KubernetesError(.invalidConfiguration, "\(file), line \(node.line): \(message)")
    }
}

/// What replaces parts of a context, as the options of `kubectl` of the same names do.
public struct KubeconfigOverrides: Sendable, Hashable {
    /// The context instead of `current-context`.
    public var context: String?
    /// The cluster instead of the context's.
    public var cluster: String?
    /// The user instead of the context's.
    public var user: String?
    /// The namespace instead of the context's.
    public var namespace: String?

    /// What is given replaces, nil leaves.
    public init(context: String? = nil, cluster: String? = nil, user: String? = nil, namespace: String? = nil) {
        self.context = context
        self.cluster = cluster
        self.user = user
        self.namespace = namespace
    }
}

extension Kubeconfig {
    /// The configuration of one context.
    /// - Parameters:
    ///   - environment: for the proxies and the system's certification authorities, and for exec plugins.
    ///   - loop: runs exec plugins.
    ///   - time: the clock by which credentials expire; the loop's by default.
    /// - Throws: `KubernetesError` with `invalidConfiguration`.
    public func configuration(
        _ overrides: KubeconfigOverrides = KubeconfigOverrides(), environment: Environment, loop: EventLoop,
        time: TimeSource? = nil
    ) throws(KubernetesError) -> KubernetesConfiguration {
        let place = files.isEmpty ? "the kubeconfig" : files.joined(separator: ":")
        let name = overrides.context ?? currentContext
        var context: Entry?
        if let name {
            context = try entry(name, in: contexts, "context", place)
        } else if overrides.cluster == nil {
            throw KubernetesError(
                .invalidConfiguration,
                "\(place) has no current-context: name a context" + Self.known(contexts, "contexts"))
        }
        let clusterName = overrides.cluster ?? context?.node.nonEmptyText("cluster")
        guard let clusterName else {
            throw KubernetesError(.invalidConfiguration, "\(place): context \(name ?? "") names no cluster")
        }
        let cluster = try entry(clusterName, in: clusters, "cluster", place)
        let source = name.map { "context \($0) of \(place)" } ?? "cluster \(clusterName) of \(place)"
        var configuration = try ClusterEntry(cluster, environment).configuration(source: source)
        configuration.namespace =
            overrides.namespace ?? context?.node.nonEmptyText("namespace") ?? configuration.namespace
        guard let userName = overrides.user ?? context?.node.nonEmptyText("user") else { return configuration }
        let user = UserEntry(userName, try entry(userName, in: users, "user", place))
        configuration.impersonation = try user.impersonation()
        let command = PluginContext(
            cluster: cluster, environment: environment, loop: loop, time: time ?? .live(loop))
        configuration.authentication = try user.authentication(command)
        return configuration
    }

    private func entry(
        _ name: String, in entries: [String: Entry], _ kind: String, _ place: String
    ) throws(KubernetesError) -> Entry {
        if let entry = entries[name] { return entry }
        let proposal = entries.keys.sorted().nearest(to: name).map { ": did you mean \($0)?" }
        throw KubernetesError(
            .invalidConfiguration, "\(place) has no \(kind) \(name)" + (proposal ?? Self.known(entries, kind + "s")))
    }

    private static func known(_ entries: [String: Entry], _ kind: String) -> String {
        entries.isEmpty ? "" : " (\(kind): \(entries.keys.sorted().prefix(20).joined(separator: ", ")))"
    }
}

/// An entry of `clusters`.
struct ClusterEntry {
    private let entry: Kubeconfig.Entry
    private let environment: Environment

    init(_ entry: Kubeconfig.Entry, _ environment: Environment) {
        self.entry = entry
        self.environment = environment
    }

    func configuration(source: String) throws(KubernetesError) -> KubernetesConfiguration {
        guard let server = entry.node.nonEmptyText("server") else { throw fault("the cluster has no server") }
        if entry.node["insecure-skip-tls-verify"]?.text == "true" {
            throw fault(
                "insecure-skip-tls-verify is refused: anyone on the way could read the credentials. Give the cluster's "
                    + "certification authority (certificate-authority-data), and tls-server-name where the name differs",
                at: "insecure-skip-tls-verify")
        }
        var configuration = try KubernetesConfiguration(
            server: server, authorities: try authorities(),
            authentication: .fixed(KubernetesCredentials(), user: "nobody (the context has no user)"), source: source)
        configuration.tlsServerName = entry.node.nonEmptyText("tls-server-name")
        configuration.proxy = try proxy()
        return configuration
    }

    private func authorities() throws(KubernetesError) -> CertificateAuthorities {
        if let data = try entry.data("certificate-authority-data") { return .pem(data) }
        if let path = entry.path("certificate-authority") { return .paths(file: path, folder: nil) }
        return .discovered(in: environment.variables)
    }

    private func proxy() throws(KubernetesError) -> ProxySettings {
        guard let url = entry.node.nonEmptyText("proxy-url") else {
            return ProxySettings(environment: environment.variables)
        }
        guard ["http://", "https://", "socks5://"].contains(where: { url.hasPrefix($0) }) else {
            throw fault("proxy-url is no http://, https:// or socks5:// URL", at: "proxy-url")
        }
        return ProxySettings(http: url, https: url, includesLocalhost: true)
    }

    private func fault(_ message: String, at key: String? = nil) -> KubernetesError {
        Kubeconfig.fault(message, key.flatMap { entry.node[$0] } ?? entry.node, entry.file)
    }
}

extension Kubeconfig.Entry {
    /// The bytes of a member in Base64.
    func data(_ key: String) throws(KubernetesError) -> [UInt8]? {
        guard let text = node.nonEmptyText(key) else { return nil }
        guard let bytes = Base64.decode(text), !bytes.isEmpty else {
            throw Kubeconfig.fault("\(key) is not Base64", node[key] ?? node, file)
        }
        return bytes
    }

    /// A member that is a path, which is relative to the file's folder.
    func path(_ key: String) -> String? { node.nonEmptyText(key).map { relativeToFile($0) } }

    /// A path as the file means it.
    func relativeToFile(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}

extension YAMLNode {
    /// The text of a member; nil when it is absent, empty or null.
    func nonEmptyText(_ key: String) -> String? {
        guard let member = self[key], !member.isNull, let text = member.text, !text.isEmpty else { return nil }
        return text
    }
}
