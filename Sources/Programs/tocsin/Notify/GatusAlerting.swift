import Basics
import JSON
import YAML

/// What a Gatus file says about alerts: its providers, and which endpoint alerts whom
/// (https://gatus.io/docs/alerting).
///
/// Read before variables are put in, so that what is a variable can stay one.
struct GatusAlerting: Sendable {
    /// Something that the notifier's rules cannot say, and where it stands.
    struct Finding: Sendable, Hashable {
        let line: Int
        /// Such as `alerting.slack.title`.
        let path: String
        let text: String
    }

    /// A number and the line that it stands on.
    struct Count: Sendable, Hashable {
        let value: Int
        let line: Int
    }

    /// `minimum-reminder-interval`, and the line that it stands on.
    struct Reminder: Sendable, Hashable {
        /// As it is written, such as `30m`.
        let interval: String
        let line: Int
    }

    /// An alert of an endpoint, with what its provider's `default-alert` adds.
    struct Alert: Sendable {
        let type: String
        let path: String
        let line: Int
        let failures: Count
        let successes: Count
        let sendsResolved: Bool
        /// Nil for none.
        let reminder: Reminder?
        let description: String
        /// `provider-override`.
        let override: YAMLNode?
    }

    struct Endpoint: Sendable {
        let name: String
        let group: String?
        let line: Int
        /// Those that are enabled.
        var alerts: [Alert] = []
    }

    struct Provider: Sendable {
        let type: String
        let line: Int
        let node: YAMLNode
        /// The settings of the group, as they stand in `overrides`.
        let overrides: [(group: String, node: YAMLNode)]

        var path: String { "alerting.\(type)" }
    }

    private(set) var providers: [Provider] = []
    private(set) var endpoints: [Endpoint] = []
    private(set) var findings: [Finding] = []

    init(_ root: YAMLNode) {
        for (key, node) in root["alerting"]?.members ?? [] where !node.isNull {
            providers.append(provider(key.text ?? "", key.line, node))
        }
        for list in ["endpoints", "external-endpoints"] { read(root[list], at: list) }
        for (number, suite) in (root["suites"]?.elements ?? []).enumerated() {
            for (place, endpoint) in (suite["endpoints"]?.elements ?? []).enumerated() {
                guard let alerts = endpoint["alerts"], !(alerts.elements ?? []).isEmpty else { continue }
                let path = "suites[\(number)].endpoints[\(place)].alerts"
                findings.append(.init(line: alerts.line, path: path, text: "alerts within suites have no rule"))
            }
        }
    }

    private mutating func provider(_ type: String, _ line: Int, _ node: YAMLNode) -> Provider {
        var overrides: [(group: String, node: YAMLNode)] = []
        for (number, override) in (node["overrides"]?.elements ?? []).enumerated() {
            let path = "alerting.\(type).overrides[\(number)].group"
            guard let group = override["group"].flatMap({ text($0, path) }) else { continue }
            overrides.append((group, override))
        }
        return Provider(type: type, line: line, node: node, overrides: overrides)
    }

    private mutating func read(_ list: YAMLNode?, at path: String) {
        for (number, node) in (list?.elements ?? []).enumerated() {
            let path = "\(path)[\(number)]"
            guard let name = node["name"].flatMap({ text($0, "\(path).name") }) else { continue }
            var group: String?
            if let node = node["group"], !node.isNull {
                group = text(node, "\(path).group")
                // Without its group the endpoint would be another one.
                if group == nil { continue }
            }
            var endpoint = Endpoint(name: name, group: group == "" ? nil : group, line: node.line)
            for (number, alert) in (node["alerts"]?.elements ?? []).enumerated() {
                if let alert = self.alert(alert, "\(path).alerts[\(number)]") { endpoint.alerts.append(alert) }
            }
            endpoints.append(endpoint)
        }
    }

    /// Nil for one that is not enabled, or that cannot be read.
    private mutating func alert(_ node: YAMLNode, _ path: String) -> Alert? {
        guard let type = node["type"].flatMap({ text($0, "\(path).type") }) else { return nil }
        let standard = providers.first { $0.type == type }?.node["default-alert"]
        func value(_ key: String) -> YAMLNode? {
            for source in [node, standard] { if let value = source?[key], !value.isNull { return value } }
            return nil
        }
        func count(_ key: String, _ fallback: Int) -> Count {
            guard let node = value(key), let number = node.json.intValue, number > 0 else {
                return Count(value: fallback, line: node.line)
            }
            return Count(value: Int(clamping: number), line: node.line)
        }
        if value("enabled")?.json == false { return nil }
        let reminder = value("minimum-reminder-interval").flatMap { node -> Reminder? in
            guard let text = text(node, "\(path).minimum-reminder-interval") else { return nil }
            return Duration(text: text, bareUnit: .nanoseconds(1)) == .zero
                ? nil : Reminder(interval: text, line: node.line)
        }
        return Alert(
            type: type, path: path, line: node.line, failures: count("failure-threshold", 3),
            successes: count("success-threshold", 2), sendsResolved: value("send-on-resolved")?.json == true,
            reminder: reminder,
            description: value("description").flatMap { text($0, "\(path).description") } ?? "",
            override: value("provider-override"))
    }

    /// A text without variables; nil, and a finding, for one with them: rules take variables for secrets only.
    private mutating func text(_ node: YAMLNode, _ path: String) -> String? {
        guard let raw = node.text else { return nil }
        if case .literal(let text) = GatusText(raw) { return text }
        let reason = "has a variable, which only secrets can be: write its value"
        findings.append(.init(line: node.line, path: path, text: reason))
        return nil
    }
}

/// A text of a Gatus file, by the variables in it.
///
/// The rules are those of Go's `os.ExpandEnv`, and `$$` is a dollar sign.
enum GatusText: Sendable, Hashable {
    case literal(String)
    /// A variable alone: `$NAME` or `${NAME}`.
    case reference(String)
    /// A text with variables in it.
    case mixed

    init(_ raw: String) {
        var literal: [UInt8] = []
        var names: [String] = []
        var rest = Array(raw.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$"), let next = rest.first else {
                literal.append(byte)
                continue
            }
            if next == byte {
                rest.removeFirst()
                literal.append(byte)
                continue
            }
            let isBraced = next == UInt8(ascii: "{")
            let start = isBraced ? rest.dropFirst() : rest
            let name = start.prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
            guard !name.isEmpty, !isBraced || start.dropFirst(name.count).first == UInt8(ascii: "}") else {
                literal.append(byte)
                continue
            }
            names.append(String(decoding: name, as: UTF8.self))
            rest = start.dropFirst(name.count + (isBraced ? 1 : 0))
        }
        switch names.count {
        case 0: self = .literal(String(decoding: literal, as: UTF8.self))
        case 1 where literal.isEmpty: self = .reference(names[0])
        default: self = .mixed
        }
    }
}

extension YAMLNode {
    /// The members of a mapping.
    var members: [(key: YAMLNode, value: YAMLNode)]? {
        guard case .mapping(let members) = kind else { return nil }
        return members
    }

    /// The elements of a list.
    var elements: [YAMLNode]? {
        guard case .sequence(let elements) = kind else { return nil }
        return elements
    }
}
