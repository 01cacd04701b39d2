import Basics
import Configuration
import JSON
import Transport

extension OutputKind {
    /// A topic of ntfy.sh, or of an ntfy server of one's own (https://docs.ntfy.sh/publish/#publish-as-json).
    static let ntfy = OutputKind("ntfy", service: "ntfy") { settings in
        let output = NtfyOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct NtfyOutput {
    // In bytes of JSON. A server takes requests of 8,192 bytes; a message of more than 4,096 becomes an attachment.
    private static let textLimit = 4_000
    private static let titleLimit = 250
    private static let buttonsLimit = 2_200
    private static let maximumButtons = 3
    private let server: String
    private let topic: String
    private let headers: HTTPHeaders
    private let priority: Int?
    private let tags: [String]
    /// Settings that go into each message as they are.
    private let extras: JSONObject
    private let count: Int

    init(_ settings: ConfigurationSection) {
        (server, topic) = settings.topicAddress()
        var headers = settings.ntfyHeaders()
        priority = settings.integer("priority", in: 1...5)
        tags = settings.names("tags")
        count = settings.maximumMessages()
        var extras: JSONObject = [:]
        for key in ["click", "icon"] where settings.has(key) { extras[key] = .string(settings.url(key, default: "")) }
        extras["email"] = settings.text("email").map { .string($0) }
        // Both are on unless they are turned off. Older servers read them in headers alone.
        if !settings.flag("cache", default: true) { headers.set("X-Cache", "no") }
        if !settings.flag("firebase", default: true) { headers.set("X-Firebase", "no") }
        self.headers = headers
        self.extras = extras
    }

    /// Texts are plain: messages do not ask for Markdown.
    private static let rules = TextRules(Escaping(), .jsonBytes)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let buttons = Self.buttons(notification)
        let details = Self.details(notification, links: notification.links.dropFirst(buttons.count))
        let lineEnd = Self.rules.length("\n")
        let room = Self.textLimit - Self.rules.length(details) - lineEnd
        return notification.parts(Self.rules, first: room, others: Self.textLimit, count: count).map { part in
            let lines = [Self.rules.escape(part.text), part.isFirst ? details : ""].filter { !$0.isEmpty }
            var body: JSONObject = [
                "topic": .string(topic),
                "title": .string(notification.title(of: part, Self.rules, Self.titleLimit)),
                "message": .string(lines.joined(separator: "\n")),
                "priority": JSONValue(priority ?? notification.severity.ntfyPriority),
                "tags": .array(([notification.severity.ntfyTag] + tags).map { .string($0) }),
            ]
            if part.isFirst {
                body["click"] = notification.links.first.flatMap { buttons.isEmpty ? nil : .string($0.url) }
                if !buttons.isEmpty { body["actions"] = .array(buttons) }
            }
            return OutboundMessage(to: "\(server)/", headers: headers, json: .object(body.merging(extras)))
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        guard response.isSuccess else { return response.failure(words: response.json["error"]?.stringValue ?? "") }
        // A published message is answered with itself.
        return response.json["id"]?.stringValue == nil ? response.unreadable : .delivered(nil)
    }

    /// The first links that fit, as buttons; none after one that is too long, so that the order stays.
    private static func buttons(_ notification: Notification) -> [JSONValue] {
        var room = buttonsLimit
        let links = notification.links.prefix(maximumButtons).prefix { link in
            // The first one is there a second time, as what a tap opens.
            room -= 2 * rules.length(link.url) + 150
            return room >= 0
        }
        return links.map { link in
            let title = rules.fit(link.title, 60)
            return [
                "action": "view", "label": .string(title.isEmpty ? TextRules.mark : title), "url": .string(link.url),
            ]
        }
    }

    /// The fields, the links without a button and the footer, as many as half a message holds.
    private static func details(_ notification: Notification, links: ArraySlice<Link>) -> String {
        var rest = notification
        rest.fields += links.map { Field($0.title, $0.url) }
        let lines = rest.fittingFields(count: 60, room: textLimit / 2) { field -> (String, length: Int) in
            let isLink = links.contains { $0.url == field.value }
            let value = isLink ? rules.escape(field.value) : rules.fit(field.value, 500)
            let line = "\(rules.fit(field.name, 100)): \(value)"
            return (line, rules.unit.count(line) + 2)
        }
        return (lines + [rules.fit(notification.footer, 300)]).joined(separator: "\n")
    }
}

extension Severity {
    /// From 1 to 5; 5 rings until it is seen, 3 is the service's default.
    fileprivate var ntfyPriority: Int {
        switch self {
        case .critical: 5
        case .warning: 4
        case .info, .ok: 3
        }
    }

    /// The tag that apps show as an emoji before the title.
    fileprivate var ntfyTag: String {
        switch self {
        case .critical: "rotating_light"
        case .warning: "warning"
        case .info: "information_source"
        case .ok: "white_check_mark"
        }
    }
}

extension ConfigurationSection {
    /// Where an ntfy topic is: `server` and `topic`, or `url` for both in one.
    ///
    /// A secret URL keeps the topic's name secret, which is all that one needs to read along at a public server.
    fileprivate func topicAddress() -> (server: String, topic: String) {
        var server = url("server", default: "https://ntfy.sh")
        var topic = text("topic") ?? ""
        if has("url") || secret("url") != nil {
            let url = secretURL()
            if !topic.isEmpty || has("server") {
                fault("url", "makes no sense beside server and topic: it stands for both")
            }
            let parts = url.split(separator: "/", omittingEmptySubsequences: false)
            (server, topic) = (parts.dropLast().joined(separator: "/"), parts.last.map { String($0) } ?? "")
            if !url.isEmpty, parts.count < 4 || !topic.isTopicName {
                fault("url", "expected the topic's URL, such as https://ntfy.sh/my-alerts")
            }
        } else if !topic.isTopicName {
            fault("topic", expected: "a name of 1 to 64 letters, digits, - and _")
        }
        return (server, topic)
    }

    /// The authorization by an access token, or by a user's name and password; none for a topic that is open.
    fileprivate func ntfyHeaders() -> HTTPHeaders {
        var headers: HTTPHeaders = [:]
        let (token, user, password) = (secret("token"), text("username"), secret("secret"))
        if let token { headers.set("Authorization", "Bearer \(token)") }
        if let user, let password {
            headers.set("Authorization", "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))")
        }
        if token != nil, user != nil || password != nil {
            fault("token", "makes no sense beside username and secret")
        } else if (user == nil) != (password == nil) {
            fault(user == nil ? "username" : "secret", expected: "a value: secret is the password of username")
        }
        return headers
    }
}

extension String {
    fileprivate var isTopicName: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}
