import Foundation
import JSON

/// A request that the scripted cluster got, as RBAC sees it.
struct ClusterRequest {
    private let request: JSONValue

    init(_ request: JSONValue) { self.request = request }

    private var method: String { request["method"]?.stringValue ?? "" }
    private var url: URLComponents { URLComponents(string: request["target"]?.stringValue ?? "") ?? URLComponents() }

    /// The group, and the path after it: namespace, resource, name, subresource.
    private var parts: (group: String, rest: [String]) {
        let parts = url.path.split(separator: "/").map(String.init)
        guard parts.first == "apis", parts.count > 2 else { return ("", Array(parts.dropFirst(2))) }
        return (parts[1], Array(parts.dropFirst(3)))
    }

    /// The verb and the resource: `delete pods`, `create pods/eviction`, `list deployments.apps`.
    ///
    /// nil for what asks which kinds there are, for which nobody needs permission.
    var action: String? {
        var (group, rest) = parts
        if rest.first == "namespaces", rest.count > 2 { rest.removeFirst(2) }
        guard let resource = rest.first else { return nil }
        let isWatch = url.queryItems?.contains { $0.name == "watch" } ?? false
        let verbs = ["POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"]
        let verb = verbs[method] ?? (isWatch ? "watch" : rest.count == 1 ? "list" : "get")
        let subresource = rest.count > 2 ? "/" + rest[2] : ""
        return "\(verb) \(resource)\(group.isEmpty ? "" : "." + group)\(subresource)"
    }

    /// `DELETE pods/web-1`.
    var summary: String {
        var rest = parts.rest
        if rest.first == "namespaces", rest.count > 2 { rest.removeFirst(2) }
        return "\(method) \(rest.joined(separator: "/"))"
    }

    /// The parameters of its query; of those with several values the last.
    var query: [String: String] {
        Dictionary((url.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 }
    }

    /// Whether it may change something.
    var isChange: Bool { method != "GET" || url.path.hasSuffix("/exec") }

    /// What is compared of a request that changes something: without what the two clients write for the same.
    var comparable: JSONValue {
        let query = url.queryItems ?? []
        let command = query.filter { url.path.hasSuffix("/exec") && ["command", "container"].contains($0.name) }
        let written = (request["body"] ?? .null).withoutEmptyMembers
        var body = written.objectValue ?? [:]
        // The Python client writes it to the query, ours to the body.
        if let seconds = query.first(where: { $0.name == "gracePeriodSeconds" })?.value.flatMap({ Int64($0) }) {
            body["gracePeriodSeconds"] = .integer(seconds)
        }
        return [
            "method": .string(method), "path": .string(url.path),
            // A JSON Patch is a list.
            "body": written.arrayValue.map { .array($0) } ?? .object(body),
            "command": .array(command.map { .string("\($0.name)=\($0.value ?? "")") }.sorted { "\($0)" < "\($1)" }),
        ]
    }
}

extension JSONValue {
    /// Without nulls and empty parts, and without the kind of what only has one meaning at its place.
    fileprivate var withoutEmptyMembers: JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map(\.withoutEmptyMembers))
        case .object(let members):
            var result: JSONObject = [:]
            let isOptions = ["DeleteOptions", "Eviction", "Node"].contains(self["kind"]?.stringValue)
            for (name, value) in members where !(isOptions && ["apiVersion", "kind"].contains(name)) {
                let value = value.withoutEmptyMembers
                if value != .null, value != [:], value != [] { result[name] = value }
            }
            return .object(result)
        default: return self
        }
    }
}
