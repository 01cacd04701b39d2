import Basics
import JSON
import YAML

/// How the alerts of a provider of Gatus become an output.
struct GatusProvider: Sendable {
    /// The type of alerts.
    let type: String
    /// The kind of the output.
    let kind: String
    let turn: @Sendable (inout GatusSettings) -> Void

    static subscript(type: String) -> GatusProvider? { all.first { $0.type == type } }

    private init(_ type: String, _ kind: String, turn: @escaping @Sendable (inout GatusSettings) -> Void) {
        (self.type, self.kind, self.turn) = (type, kind, turn)
    }

    private static let title = "titles are the notifier's own"
    fileprivate static let client = "certificates are always checked, and the proxy is that of the function"

    private static let all: [GatusProvider] = [
        .init("slack", "slack") { settings in
            settings.secret("webhook-url", "url")
            settings.drop("title", title)
        },
        .init("discord", "discord") { settings in
            settings.secret("webhook-url", "url")
            settings.drop("title", title)
            settings.drop("message-content", "whom a message calls says mention: of a route")
        },
        .init("mattermost", "mattermost") { settings in
            settings.secret("webhook-url", "url")
            settings.text("channel", "channel")
            settings.dropClient()
        },
        .init("rocketchat", "rocket-chat") { settings in
            settings.secret("webhook-url", "url")
            settings.text("channel", "channel")
        },
        .init("teams-workflows", "teams") { settings in
            settings.secret("webhook-url", "url")
            settings.drop("title", title)
        },
        .init("googlechat", "google-chat") { settings in
            settings.secret("webhook-url", "url")
            settings.dropClient()
        },
        .init("telegram", "telegram") { settings in
            settings.secret("token", "token")
            settings.text("id", "chat", isRequired: true)
            settings.integer("topic-id", "topic")
            settings.text("api-url", "server")
            settings.dropClient()
        },
        .init("pagerduty", "pagerduty") { $0.secret("integration-key", "key") },
        .init("opsgenie", "opsgenie") { settings in
            settings.secret("api-key", "key")
            // What Gatus sends where the file says nothing.
            settings.text("priority", "priority", standard: "P1")
            settings.text("source", "source", standard: "gatus")
            settings.texts("tags", "tags")
            settings.drop("entity-prefix", "the entity is the endpoint's URL")
            settings.drop("alias-prefix", "the alias is the notifier's key of the incident")
        },
        .init("matrix", "matrix") { settings in
            settings.secret("access-token", "token")
            settings.text("internal-room-id", "room", isRequired: true)
            settings.text("server-url", "server", standard: "https://matrix-client.matrix.org")
        },
        .init("ntfy", "ntfy") { settings in
            settings.text("topic", "topic", isRequired: true)
            settings.text("url", "server")
            settings.secret("token", "token", isRequired: false)
            settings.integer("priority", "priority", standard: 3)
            settings.text("email", "email")
            settings.text("click", "click")
            settings.flag("disable-firebase", "firebase", whenTrue: false)
            settings.flag("disable-cache", "cache", whenTrue: false)
        },
        .init("zulip", "zulip") { settings in
            settings.text("bot-email", "email", isRequired: true)
            settings.secret("bot-api-key", "key")
            settings.text("domain", "server", isRequired: true) { $0.hasPrefix("http") ? $0 : "https://\($0)" }
            settings.text("channel-id", "channel", isRequired: true)
            settings.set("topic", "Gatus")
        },
        .init("aws-ses", "email") { settings in
            settings.text("from", "from", isRequired: true)
            settings.text("to", "to", isRequired: true)
            settings.text("region", "region")
            for key in ["access-key-id", "secret-access-key"] {
                settings.drop(key, "the function's role sends; give it ses:SendEmail")
            }
        },
        .init("custom", "webhook") { $0.turnCustom() },
    ]

    /// Why another type cannot be turned, and what to do.
    static func reason(for type: String) -> String {
        switch type {
        case "email": "there is no output by SMTP: the output email sends by Amazon SES"
        case "teams": "connectors of Office 365 have been switched off: make a workflow, and use the output teams"
        case "n8n", "zapier", "homeassistant", "ifttt", "splunk", "squadcast", "ilert", "incident-io", "signl4":
            "there is no output like it: try kind: webhook with a body of your own"
        default: "there is no output like it"
        }
    }
}

/// The settings of one provider, group and alert, while they become an output.
struct GatusSettings {
    /// A variable that has to get the value of a secret.
    struct Variable: Sendable, Hashable {
        let name: String
        let path: String
        let line: Int
        /// What it has to be set to; never shown.
        fileprivate let secret: String
    }

    /// What the placeholders of `custom` stand for; nil where no alert is sent yet.
    struct Context: Sendable, Hashable {
        var isResolved = false
        var description = ""
    }

    /// Such as `alerting.slack`.
    let path: String
    let line: Int
    let context: Context
    /// Begins the names of variables: `GATUS_SLACK`.
    private let prefix: String
    private let values: [(key: String, node: YAMLNode)]
    private var handled: Set<String> = ["default-alert", "overrides", "group"]

    private(set) var output: JSONObject = [:]
    private(set) var findings: [GatusAlerting.Finding] = []
    private(set) var variables: [Variable] = []
    /// Variables of other outputs: a secret that is the same is named once.
    private let known: [Variable]
    /// Whether all that the output must have is there.
    private(set) var isComplete = true

    /// - Parameter layers: the provider's settings, then what replaces some of them.
    init(
        _ provider: GatusAlerting.Provider, layers: [YAMLNode], prefix: String, known: [Variable], _ context: Context
    ) {
        (path, line, self.prefix, self.context) = (provider.path, provider.line, prefix, context)
        self.known = known
        var values: [(key: String, node: YAMLNode)] = []
        for (key, node) in layers.flatMap({ $0.members ?? [] }) where !node.isNull && node.text != "" {
            let name = key.text ?? ""
            values.removeAll { $0.key == name }
            values.append((name, node))
        }
        self.values = values
    }

    /// Equal for two that become the same output.
    var identity: String {
        let parts = values.filter { $0.key != "group" && $0.key != "overrides" && $0.key != "default-alert" }
            .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.node.json)" }
        // Placeholders of alerts are written into the body.
        let usesContext = values.contains { $0.node.text?.containsBytes("[ALERT_") == true }
        return "\(path) \(parts.joined(separator: " "))" + (usesContext ? " \(context)" : "")
    }

    /// Names the keys that nothing asked for.
    mutating func close() {
        for (key, node) in values where !handled.contains(key) { find(key, node, "is not known") }
    }

    private mutating func value(_ key: String) -> YAMLNode? {
        handled.insert(key)
        return values.first { $0.key == key }?.node
    }

    private mutating func find(_ key: String, _ node: YAMLNode?, _ text: String) {
        findings.append(.init(line: node?.line ?? line, path: "\(path).\(key)", text: text))
    }

    private mutating func miss(_ key: String) {
        isComplete = false
        find(key, nil, "is not set, so Gatus ignores alerts of this type, too")
    }
}

// MARK: Turning

extension GatusSettings {
    mutating func set(_ name: String, _ value: JSONValue) { output[name] = value }

    /// Something that rules cannot say.
    mutating func drop(_ key: String, _ reason: String) {
        if let node = value(key), node.json != false { find(key, node, reason) }
    }

    /// The settings of HTTP, of which the defaults are the notifier's as well.
    mutating func dropClient() {
        guard let node = value("client") else { return }
        for (key, setting) in node.members ?? [] where setting.json != false {
            find("client.\(key.text ?? "")", setting, GatusProvider.client)
        }
    }

    /// A secret stays a variable; one that stands in the file has to become one.
    mutating func secret(_ key: String, _ name: String, isRequired: Bool = true) {
        guard let node = value(key), let text = node.text else {
            if isRequired { miss(key) }
            return
        }
        output[name] = .string(reference(text, key, node.line))
    }

    /// `env:NAME` for a secret.
    private mutating func reference(_ text: String, _ key: String, _ line: Int) -> String {
        if case .reference(let variable) = GatusText(text) { return "env:\(variable)" }
        let place = "\(path).\(key)"
        if let same = (known + variables).first(where: { $0.path == place && $0.secret == text }) {
            return "env:\(same.name)"
        }
        let name = "\(prefix)_\(Self.variableName(key))"
        variables.append(Variable(name: name, path: place, line: line, secret: text))
        return "env:\(name)"
    }

    /// A text; a variable in it is a finding, since rules take them for secrets only.
    mutating func text(
        _ key: String, _ name: String, isRequired: Bool = false, standard: String? = nil,
        _ change: (String) -> String = { $0 }
    ) {
        guard let node = value(key), let raw = node.text else {
            if isRequired { miss(key) }
            output[name] = standard.map { .string($0) }
            return
        }
        guard case .literal(let text) = GatusText(raw) else {
            if isRequired { isComplete = false }
            return find(key, node, "has a variable, which only secrets can be: write its value to \(name)")
        }
        output[name] = .string(change(text))
    }

    mutating func texts(_ key: String, _ name: String) {
        guard let node = value(key) else { return }
        var texts: [JSONValue] = []
        for element in node.elements ?? [node] {
            guard let raw = element.text, case .literal(let text) = GatusText(raw) else {
                find(key, element, "has a variable, which only secrets can be: write its value to \(name)")
                continue
            }
            texts.append(.string(text))
        }
        if !texts.isEmpty { output[name] = .array(texts) }
    }

    mutating func integer(_ key: String, _ name: String, standard: Int64? = nil) {
        guard let node = value(key) else {
            output[name] = standard.map { .integer($0) }
            return
        }
        guard let number = node.text.flatMap({ Int64($0) }) else { return find(key, node, "is no whole number") }
        output[name] = .integer(number)
    }

    /// Sets a switch when Gatus's is on.
    mutating func flag(_ key: String, _ name: String, whenTrue value: Bool) {
        if self.value(key)?.json == true { output[name] = .bool(value) }
    }

    static func variableName(_ text: String) -> String {
        let bytes = text.uppercased().utf8.map { $0.isASCIIAlphanumeric ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: custom

extension GatusSettings {
    /// Whether outputs of it need the endpoint's name and group as tags.
    var usesEndpoint: Bool {
        let body = output["body"]?.stringValue ?? ""
        return body.containsBytes("{{tag:endpoint}}") || body.containsBytes("{{tag:group}}")
    }

    /// A request with a body of one's own.
    ///
    /// Its text for TRIGGERED or RESOLVED, and the alert's description, are written into the template, so each needs an
    /// output of its own.
    mutating func turnCustom() {
        let marks = ["[ENDPOINT_", "[ALERT_", "[RESULT_"]
        if let node = value("url"), let text = node.text, marks.contains(where: { text.containsBytes($0) }) {
            isComplete = false
            return find("url", node, "has a placeholder, which the address of a webhook cannot have")
        }
        secret("url", "url")
        let method = value("method")
        let name = method?.text ?? "GET"
        guard ["POST", "PUT", "PATCH"].contains(name.uppercased()) else {
            isComplete = false
            return find("method", method, "is \(name), and a webhook is sent by POST, PUT or PATCH")
        }
        if name != "POST" { set("method", .string(name.uppercased())) }
        var isJSON = true
        var headers: JSONObject = [:]
        for (key, node) in value("headers")?.members ?? [] {
            guard let header = key.text, let raw = node.text else { continue }
            if header.lowercased() == "content-type" { isJSON = raw.lowercased().hasPrefix("application/json") }
            headers[header] = .string(headerValue(header, raw, node.line))
        }
        if !headers.isEmpty { set("headers", .object(headers)) }
        dropClient()
        let states = value("placeholders")?["ALERT_TRIGGERED_OR_RESOLVED"]
        let state = context.isResolved ? "RESOLVED" : "TRIGGERED"
        let word = states?[state]?.text ?? state
        guard let node = value("body"), let raw = node.text else { return set("body", "") }
        guard case .literal(let body) = GatusText(raw) else {
            isComplete = false
            return find("body", node, "has a variable, which only secrets can be: write its value")
        }
        func inBody(_ text: String) -> String {
            isJSON ? String(JSONValue.string(text).description.dropFirst().dropLast()) : text
        }
        let placeholders = [
            ("[ALERT_TRIGGERED_OR_RESOLVED]", inBody(word)), ("[ALERT_DESCRIPTION]", inBody(context.description)),
            ("[ENDPOINT_NAME]", "{{tag:endpoint}}"), ("[ENDPOINT_GROUP]", "{{tag:group}}"),
            ("[ENDPOINT_URL]", "{{resource}}"), ("[RESULT_ERRORS]", "{{text}}"), ("[RESULT_CONDITIONS]", "{{text}}"),
        ]
        set("body", .string(placeholders.reduce(body) { $0.replacingBytes($1.0, with: $1.1) }))
    }

    /// The value of a header; one that is named after a secret stays out of the rules.
    private mutating func headerValue(_ name: String, _ raw: String, _ line: Int) -> String {
        let words = ["auth", "token", "key", "secret", "cookie", "password"]
        let isSecret = words.contains { name.lowercased().containsBytes($0) }
        if !isSecret, case .literal(let text) = GatusText(raw) { return text }
        return reference(raw, "headers.\(name)", line)
    }
}
