import Basics
import JSON
import LocalCloud

/// Rules files of the notifier as one, with the console's inbox beside the user's outputs.
struct NotificationRules: Sendable, Equatable {
    private var outputs = JSONObject()
    private var routes: [JSONValue] = []
    /// Of `mute` and `inhibit`, which hold for all routes.
    private var quiet: [String: [JSONValue]] = [:]
    /// The outputs of what no route keeps; nil for all, empty for none.
    private var fallback: [String]?

    /// The inbox of messages that go nowhere else.
    static let inbox = "inbox"

    /// Adds a file without faults.
    /// - Parameter environment: the values of `env:NAME`, which are written into the rules: the function does not get
    ///   the user's variables.
    /// - Returns: what keeps it from standing beside the other files.
    mutating func add(_ file: JSONObject, environment: [String: String]) -> [String] {
        var faults: [String] = []
        var names: [String] = []
        for (name, output) in file["outputs"]?.objectValue ?? [:] {
            if outputs[name] != nil { faults.append("outputs.\(name) is in another file, too: rename one") }
            outputs[name] = Self.filled(output, environment)
            names.append(name)
        }
        let own = file["routes"].map { $0.arrayValue ?? [$0] } ?? []
        routes += own.filter { !$0.isNull }.map { Self.filled($0, environment) }
        for key in Self.quietKeys {
            let entries = file[key].map { $0.arrayValue ?? [$0] } ?? []
            quiet[key, default: []] += entries.filter { !$0.isNull }
        }
        switch file["default"] {
        case .string("drop"): fallback = fallback ?? []
        case .string(let name): fallback = (fallback ?? []) + [name]
        case .array(let list): fallback = (fallback ?? []) + list.compactMap(\.stringValue)
        default: fallback = (fallback ?? []) + names
        }
        return faults
    }

    private static let quietKeys = ["mute", "inhibit"]

    private static func filled(_ value: JSONValue, _ environment: [String: String]) -> JSONValue {
        switch value {
        case .string(let text) where text.hasPrefix("env:"):
            environment[String(text.dropFirst(4))].map { .string($0) } ?? value
        case .array(let elements): .array(elements.map { filled($0, environment) })
        case .object(let members): .object(JSONObject(members.map { ($0.key, filled($0.value, environment)) }))
        default: value
        }
    }

    /// The rules file for the function, JSON: whatever goes to an output goes to the inbox as well, which the console
    /// shows with the outputs' names.
    /// - Parameter inboxURL: the webhook of the inbox; the outputs' names follow it.
    func document(inboxURL: String) -> JSONValue {
        var all = outputs
        /// An output of the inbox for what goes to these outputs.
        func mirror(of names: [String]) -> String {
            let label = names.joined(separator: ", ")
            let name = outputs[Self.inbox] == nil && label.isEmpty ? Self.inbox : "console: \(label)"
            let path = label.isEmpty ? Self.inbox : label
            all[name] = [
                "kind": "webhook", "url": .string("\(inboxURL)/\(percentEncoded(path))"), "body": .string(Inbox.body),
            ]
            return name
        }
        let routes = self.routes.map { route -> JSONValue in
            guard var members = route.objectValue, let to = members["to"] else { return route }
            let names = to.arrayValue?.compactMap(\.stringValue) ?? [to.stringValue ?? ""]
            members["to"] = .array((names + [mirror(of: names)]).map { .string($0) })
            return .object(members)
        }
        var document: JSONObject = ["routes": .array(routes)]
        for key in Self.quietKeys {
            if let entries = quiet[key], !entries.isEmpty { document[key] = .array(entries) }
        }
        let others = fallback ?? outputs.keys
        if fallback == [], !outputs.isEmpty {
            document["default"] = "drop"
        } else {
            document["default"] = .array((others + [mirror(of: others)]).map { .string($0) })
        }
        document["outputs"] = .object(all)
        return .object(document)
    }
}
