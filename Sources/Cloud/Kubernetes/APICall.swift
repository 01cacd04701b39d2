import Basics
import JSON
import Transport

/// One call to an API server, before credentials are added.
struct APICall: Sendable {
    /// The verb by which rules of access know it, such as `list` or `patch`.
    var verb: String
    var method: String
    /// The path, percent-encoded.
    var path: String
    var query: [(name: String, value: String)] = []
    var body: JSONValue?
    var contentType = "application/json"
    /// What people read: `list pods in namespace shop`.
    var text: String
    /// What the verb is for: `pods in namespace shop`.
    var resourceText: String

    /// Whether the call may be sent again although it may have been carried out.
    var isSafe: Bool

    /// Path and query.
    var target: String {
        guard !query.isEmpty else { return path }
        let pairs = query.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }
        return path + "?" + pairs.joined(separator: "&")
    }

    /// A call to the objects of a kind.
    /// - Parameters:
    ///   - namespace: the resolved one; nil for all.
    ///   - name: nil for the collection.
    ///   - subresource: such as `eviction`.
    /// - Throws: `invalidRequest` for a name that would change the path.
    init(
        _ verb: String, _ method: String, _ kind: ResourceKind, namespace: String?, name: String? = nil,
        subresource: String? = nil
    ) throws(KubernetesError) {
        self.verb = verb
        self.method = method
        isSafe = method == "GET"
        var path = kind.groupPath
        var place = ""
        if kind.isNamespaced, let namespace {
            path += "/namespaces/" + (try Self.segment(namespace, "namespace"))
            place = " in namespace \(namespace)"
        } else if kind.isNamespaced {
            place = " in all namespaces"
        }
        path += "/" + (try Self.segment(kind.plural, "kind of object"))
        if let name { path += "/" + (try Self.segment(name, "name")) }
        if let subresource { path += "/" + subresource }
        self.path = path
        let sub = subresource.map { "/\($0)" } ?? ""
        resourceText = kind.qualifiedName + sub + place
        text = "\(verb) \(kind.qualifiedName)\(name.map { "/\($0)" } ?? "")\(sub)\(place)"
    }

    /// A call of another path, such as `/apis/apps/v1`.
    init(get path: String) {
        (verb, method, self.path, isSafe) = ("get", "GET", path, true)
        text = "get \(path)"
        resourceText = path
    }

    /// A part of a path.
    ///
    /// The server refuses wrong names itself; those refused here would reach another object.
    private static func segment(_ name: String, _ what: String) throws(KubernetesError) -> String {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
            throw KubernetesError(.invalidRequest, "\(name.debugDescription) can be no \(what)")
        }
        return percentEncoded(name, keeping: ":")
    }
}
