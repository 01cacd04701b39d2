import Basics
import Configuration
import JSON
import Transport

extension OutputKind {
    /// Alerts of Opsgenie, or of Jira Service Management, which has the same API at another address
    /// (https://docs.opsgenie.com/docs/alert-api,
    /// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events).
    ///
    /// All messages of an incident have the same alias, so its OK closes the alert. The service answers before it has
    /// looked at the alert: that the alias of an OK is unknown is no error.
    static let opsgenie = OutputKind("opsgenie", service: "Opsgenie", supportsDigests: false) { settings in
        let output = OpsgenieOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct OpsgenieOutput {
    private enum Priority: String, CaseIterable {
        case p1 = "P1"
        case p2 = "P2"
        case p3 = "P3"
        case p4 = "P4"
        case p5 = "P5"

        /// What a severity is when the settings say nothing else.
        init(_ severity: Severity) {
            switch severity {
            case .critical: self = .p1
            case .warning: self = .p3
            case .info, .ok: self = .p5
            }
        }
    }

    // In UTF-16 units, which are no fewer than the characters that the service counts.
    private static let messageLimit = 130
    private static let aliasLimit = 512
    private static let entityLimit = 512
    private static let descriptionLimit = 15_000
    private static let detailsLimit = 7_500
    private static let noteLimit = 25_000
    private static let sourceLimit = 100
    private static let tagLimit = (count: 20, length: 50)
    private static let maximumResponders = 50
    private static let responderForms =
        "team:NAME, user:E-MAIL, escalation:NAME or schedule:NAME, or an id in place of the name"
    private let server: String
    private let key: String
    private let priority: Priority?
    private let responders: [JSONValue]
    private let tags: [JSONValue]
    private let source: String

    init(_ settings: ConfigurationSection) {
        server = settings.url("server", default: "https://api.opsgenie.com")
        key = settings.requiredSecret("key")
        priority = settings.has("priority") ? settings.choice("priority", default: Priority.p1) : nil
        source = settings.text("source", default: "Tocsin")
        if source.utf16.count > Self.sourceLimit {
            settings.fault("source", "has \(source.utf16.count) characters, expected at most \(Self.sourceLimit)")
        }
        let tags = settings.names("tags")
        self.tags = tags.map { .string($0) }
        if tags.count > Self.tagLimit.count || tags.contains(where: { $0.utf16.count > Self.tagLimit.length }) {
            let (count, length) = Self.tagLimit
            settings.fault("tags", "expected at most \(count), of \(length) characters each")
        }
        let names = settings.names("responders")
        responders = names.compactMap(Self.responder)
        let wrong = names.filter { Self.responder($0) == nil }.map { "\"\($0)\"" }
        if !wrong.isEmpty {
            settings.fault("responders", "has \(wrong.joined(separator: ", ")), expected \(Self.responderForms)")
        } else if responders.count > Self.maximumResponders {
            settings.fault("responders", "expected at most \(Self.maximumResponders)")
        }
    }

    /// The service shows HTML, and nothing escapes it.
    private static let rules = TextRules(Escaping(["<": "‹"]), .utf16)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let incident = notification.incidentKey ?? notification.dedupeKey
        let alias = incident.utf16.count <= Self.aliasLimit ? incident : Digest.sha256Hex(incident)
        let headers: HTTPHeaders = ["Authorization": "GenieKey \(key)"]
        if notification.severity == .ok {
            let url = "\(server)/v2/alerts/\(percentEncoded(alias))/close?identifierType=alias"
            let note = [notification.title, notification.text].filter { !$0.isEmpty }.joined(separator: "\n")
            let body: JSONValue = [
                "source": .string(source), "note": .string(Self.rules.fit(note, Self.noteLimit)),
            ]
            return [OutboundMessage(to: url, headers: headers, json: body)]
        }
        var body: JSONObject = [
            "message": .string(notification.title(of: .whole(notification), Self.rules, Self.messageLimit)),
            "alias": .string(alias), "priority": .string((priority ?? Priority(notification.severity)).rawValue),
            "source": .string(source),
        ]
        let description = Self.description(notification)
        if !description.isEmpty { body["description"] = .string(description) }
        let called = responders + options.mentions.compactMap(Self.responder)
        if !called.isEmpty { body["responders"] = .array(Array(called.prefix(Self.maximumResponders))) }
        if !tags.isEmpty { body["tags"] = .array(tags) }
        body["entity"] = notification.resource.map { .string(Self.rules.fit($0, Self.entityLimit)) }
        body["details"] = .object(Self.details(notification))
        return [OutboundMessage(to: "\(server)/v2/alerts", headers: headers, json: .object(body))]
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let words = response.json["message"]?.stringValue ?? ""
        guard response.isSuccess else { return response.failure(words: words) }
        // Whatever was asked for, the answer has the id of the request.
        return response.json["requestId"]?.stringValue == nil ? response.unreadable : .delivered(nil)
    }

    /// The text, then the links, of which as many stay as half of it holds.
    private static func description(_ notification: Notification) -> String {
        var room = descriptionLimit / 2
        let links = notification.links.map { "\(rules.fit($0.title, 200)): \(rules.escape($0.url))" }.prefix { line in
            room -= line.utf16.count + 1
            return room >= 0
        }
        let used = links.reduce(0) { $0 + $1.utf16.count + 1 }
        let text = rules.fit(notification.text, descriptionLimit - used)
        return ([text] + links).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func details(_ notification: Notification) -> JSONObject {
        var details: JSONObject = [:]
        let facts: [(String, String?)] = [
            ("Severity", notification.severity.rawValue), ("Kind", notification.source.rawValue),
            ("Account", notification.account), ("Region", notification.region),
            ("Time", notification.time.iso8601),
        ]
        for case (let name, let value?) in facts { details[name] = .string(value) }
        let fields = notification.fittingFields(count: 80, room: detailsLimit - 400) { field in
            let (name, value) = (rules.fit(field.name, 100), rules.fit(field.value, 1_000))
            return ((name, value), length: name.utf16.count + value.utf16.count)
        }
        for (name, value) in fields { details[name] = .string(value) }
        return details
    }

    /// A responder as the settings name it: `team:ops`, or by an id, which is all that Jira Service Management takes.
    private static func responder(_ text: String) -> JSONValue? {
        let parts = text.split(separator: ":", maxSplits: 1).map { String($0.trimmingWhitespace) }
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        let (type, name) = (parts[0].lowercased(), parts[1])
        guard ["team", "user", "escalation", "schedule"].contains(type) else { return nil }
        let isID = type == "user" ? !name.utf8.contains(UInt8(ascii: "@")) : name.isUUID && name.utf8.count == 36
        let member = isID ? "id" : type == "user" ? "username" : "name"
        return [member: .string(name), "type": .string(type)]
    }

    private static func responder(_ mention: Mention) -> JSONValue? {
        switch mention {
        case .everyone, .here: nil
        case .user(let name): responder("user:\(name)")
        case .group(let name): responder("team:\(name)")
        }
    }
}
