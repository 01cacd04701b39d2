import AWS
import Basics
import JSON
import YAML

/// Which notifications go where.
struct Rules: Sendable {
    /// What becomes of the notifications that match.
    enum Action: Sendable, Hashable {
        /// They go nowhere.
        case drop
        /// They go to these outputs, which call these people.
        case send(to: [String], mentions: [Mention])
    }

    struct Route: Sendable, Hashable {
        var match = Match()
        var action: Action
        /// Whether the routes after this one are looked at too.
        var goesOn = false
    }

    /// One place where a notification goes.
    struct Destination: Sendable, Hashable {
        let output: String
        var mentions: [Mention]
    }

    /// By their names; in the order of the file where one matters.
    var outputs: [OutputDefinition]
    var routes: [Route] = []
    /// What becomes of a notification that no route has kept.
    var fallback: Action

    /// Where a notification goes, each output once; nowhere when a rule drops it.
    func destinations(of notification: Notification) -> [Destination] {
        var destinations: [Destination] = []
        for route in routes where route.match.holds(for: notification) {
            Self.add(route.action, to: &destinations)
            if !route.goesOn { return destinations }
        }
        Self.add(fallback, to: &destinations)
        return destinations
    }

    private static func add(_ action: Action, to destinations: inout [Destination]) {
        guard case .send(let outputs, let mentions) = action else { return }
        for output in outputs {
            if let known = destinations.firstIndex(where: { $0.output == output }) {
                destinations[known].mentions += mentions.filter { !destinations[known].mentions.contains($0) }
            } else {
                destinations.append(Destination(output: output, mentions: mentions))
            }
        }
    }
}

/// An output as the rules file or the environment describes it, its secrets not yet fetched.
struct OutputDefinition: Sendable {
    var name: String
    var kind: String
    var secrets: [String: SecretReference] = [:]
    var options: JSONObject = [:]

    /// Makes the output with its secrets.
    /// - Throws: `OutputFaults`.
    func makeOutput(secrets: [String: String]) throws(OutputFaults) -> ChatOutput {
        try OutputSettings(name: name, kind: kind, secrets: secrets, options: options).makeOutput()
    }

    /// Finds faults without fetching secrets; those that stand here as they are, are looked at too.
    /// - Throws: `OutputFaults`.
    func check() throws(OutputFaults) {
        var secrets = placeholders
        for case (let key, .plain(let text)) in self.secrets where !text.isEmpty { secrets[key] = text }
        _ = try makeOutput(secrets: secrets)
    }

    /// The ledger's name for something of this output: another output with the same notification has another.
    ///
    /// Bounded, whatever a sender puts into its ids: DynamoDB takes keys of 2,048 bytes.
    func ledgerKey(_ text: String) -> String {
        let key = "\(name)|\(text)"
        return key.utf8.count <= 1_024 ? key : Digest.sha256Hex(key)
    }

    /// What stands for the secrets where none are fetched and none may show: in dry runs.
    var placeholders: [String: String] {
        Dictionary(uniqueKeysWithValues: secrets.keys.map { ($0, "\(Self.placeholderRoot)\(name)/\($0)") })
    }

    static let placeholderRoot = "https://secret.invalid/"
}

extension Rules {
    /// Reads a rules file, YAML or JSON.
    ///
    ///     outputs:
    ///       ops: {kind: slack, url: "ssm:/alerts/slack"}
    ///     routes:
    ///       - match: {source: ec2, title: "*scheduled*"}
    ///         drop: true
    ///       - match: {at-least: warning, tags: {team: [shop, web]}}
    ///         to: ops
    ///         mention: "@here"
    ///     default: ops
    ///
    /// - Parameter environment: what `env:NAME` looks at.
    /// - Throws: `NotifierError` that names every fault with its line and path.
    init(parsing bytes: [UInt8], environment: [String: String]) throws(NotifierError) {
        let root: YAMLNode
        do { root = try YAMLNode(parsing: bytes) } catch {
            throw NotifierError(.wrongConfiguration, "the rules are neither YAML nor JSON: \(error)", underlying: error)
        }
        var reader = RulesReader()
        let members = reader.members(root, "", known: ["outputs", "routes", "default"])
        outputs = members["outputs"].map { reader.outputs($0, environment) } ?? []
        if outputs.isEmpty, reader.faults.isEmpty {
            reader.fault(root, "outputs", #"is missing, expected at least one, such as "ops: {kind: slack, url: …}""#)
        }
        let names = outputs.map(\.name)
        let routeNodes = members["routes"].map { $0.isNull ? [] : reader.elements($0, "routes") } ?? []
        routes = routeNodes.compactMap { reader.route($0.node, $0.path, names) }
        // An alert is never lost for want of a rule: without a default, everybody hears what no route keeps.
        fallback = .send(to: names, mentions: [])
        if let node = members["default"] {
            fallback = node.text == "drop" ? .drop : .send(to: reader.names(node, "default", names), mentions: [])
        }
        let faults = reader.faults
        guard faults.isEmpty else {
            let text = faults.count == 1 ? faults[0] : "\(faults.count) faults\n" + faults.joined(separator: "\n")
            throw NotifierError(.wrongConfiguration, "wrong rules: " + text)
        }
    }
}

extension RulesReader {
    fileprivate mutating func outputs(_ node: YAMLNode, _ environment: [String: String]) -> [OutputDefinition] {
        guard case .mapping(let members) = node.kind else {
            fault(node, "outputs", "is not a mapping of names to outputs")
            return []
        }
        var definitions: [OutputDefinition] = []
        for (key, value) in members {
            let name = key.text ?? ""
            let path = "outputs.\(name)"
            var settings = self.members(value, path)
            guard let kind = settings.removeValue(forKey: "kind")?.text else {
                fault(value, "\(path).kind", "is missing")
                continue
            }
            var definition = OutputDefinition(name: name, kind: kind)
            for (key, node) in settings.sorted(by: { $0.key < $1.key }) {
                if OutputSettings.secretKeys.contains(key) {
                    // A wrong one is there too, lest `check` call it missing as well.
                    definition.secrets[key] = secret(node, "\(path).\(key)", environment) ?? .plain("")
                } else {
                    definition.options[key] = node.json
                }
            }
            do throws(OutputFaults) { try definition.check() } catch {
                for problem in error.faults { fault(value, "outputs:", problem) }
            }
            definitions.append(definition)
        }
        return definitions
    }

    private mutating func secret(
        _ node: YAMLNode, _ path: String, _ environment: [String: String]
    ) -> SecretReference? {
        guard let text = node.text, !text.isEmpty else {
            fault(node, path, "is not a text")
            return nil
        }
        guard text.hasPrefix("env:") else { return SecretReference(text) }
        guard let value = environment[String(text.dropFirst(4))], !value.isEmpty else {
            fault(node, path, "is \(text), and this variable is not set")
            return nil
        }
        return SecretReference(value)
    }

    fileprivate mutating func route(_ node: YAMLNode, _ path: String, _ names: [String]) -> Rules.Route? {
        let members = members(node, path, known: ["match", "to", "drop", "mention", "continue"])
        let match = members["match"].map { self.match($0, path + ".match") } ?? Match()
        let goesOn = flag(members["continue"], path + ".continue")
        if flag(members["drop"], path + ".drop") {
            for key in ["to", "mention", "continue"] where members[key] != nil {
                fault(node, "\(path).\(key)", "makes no sense beside drop")
            }
            return Rules.Route(match: match, action: .drop)
        }
        guard let to = members["to"] else {
            fault(node, path, "says neither to nor drop: true")
            return nil
        }
        let mentions = members["mention"].map { self.mentions($0, path + ".mention") } ?? []
        let action = Rules.Action.send(to: self.names(to, path + ".to", names), mentions: mentions)
        return Rules.Route(match: match, action: action, goesOn: goesOn)
    }

    private mutating func mentions(_ node: YAMLNode, _ path: String) -> [Mention] {
        texts(node, path).compactMap { node, path, text in
            if let mention = Mention(text) { return mention }
            fault(node, path, "is \"\(text)\", which names nobody")
            return nil
        }
    }

    fileprivate mutating func names(_ node: YAMLNode, _ path: String, _ known: [String]) -> [String] {
        texts(node, path).compactMap { node, path, name in
            if known.contains(name) { return name }
            fault(node, path, "is \"\(name)\", expected one of the outputs: \(known.joined(separator: ", "))")
            return nil
        }
    }

    private mutating func match(_ node: YAMLNode, _ path: String) -> Match {
        let properties = Set(Match.Property.allCases.map(\.rawValue))
        var match = Match()
        for (key, node) in members(node, path, known: properties.union(["severity", "at-least", "tags"])) {
            let path = "\(path).\(key)"
            switch key {
            case "severity":
                match.severities = Set(texts(node, path).compactMap { severity($0.node, $0.path, $0.text) })
            case "at-least": match.atLeast = severity(node, path, node.text ?? "") ?? .ok
            case "tags":
                for (name, node) in members(node, path) { match.tags[name] = patterns(node, "\(path).\(name)") }
            default: Match.Property(rawValue: key).map { match.properties[$0] = patterns(node, path) }
            }
        }
        return match
    }
}
