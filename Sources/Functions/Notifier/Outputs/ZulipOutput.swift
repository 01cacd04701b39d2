import AWSResources
import Basics
import Configuration
import Events
import JSON
import Transport

extension OutputKind {
    /// A channel of Zulip, written to by a bot (https://zulip.com/api/send-message).
    ///
    /// Messages of an incident are in one topic, by default of the incident's name.
    static let zulip = OutputKind("zulip", service: "Zulip") { settings in
        let output = ZulipOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct ZulipOutput {
    // In UTF-16 units, which are no fewer than the code points that Zulip counts. It cuts longer ones without a word.
    private static let contentLimit = 10_000
    private static let topicLimit = 60
    private let server: String
    private let headers: HTTPHeaders
    private let channel: String
    /// Nil for the incident's name.
    private let topic: String?
    private let count: Int

    init(_ settings: ConfigurationSection) {
        server = settings.url("server", default: "")
        if server.isEmpty, !settings.has("server") {
            settings.fault("server", expected: "the organisation's URL, such as https://example.zulipchat.com")
        }
        let bot = settings.requiredText("email", expected: "the bot's e-mail address")
        let credentials = "\(bot):\(settings.requiredSecret("key"))"
        headers = ["Authorization": "Basic \(Base64.encode(Array(credentials.utf8)))"]
        channel = settings.requiredText("channel", expected: "a channel's name or id")
        topic = settings.text("topic").map { TextRules(Escaping(), .utf16).fit($0, Self.topicLimit) }
        count = settings.maximumMessages()
    }

    /// This Markdown has no escapes.
    ///
    /// What it reads is broken by an invisible word joiner, or replaced where that does not help: emphasis and mentions
    /// begin with `*`, code with a backtick.
    private static let rules: TextRules = {
        let broken: KeyValuePairs<Character, String> = [
            "*": "∗", "`": "'", "~": "~\u{2060}", "$": "$\u{2060}", "]": "]\u{2060}", "<": "<\u{2060}",
            ">": "\u{2060}>", "#": "#\u{2060}", "|": "|\u{2060}",
        ]
        return TextRules(Escaping(broken, keepsURLs: true, breaksMentions: true), .utf16)
    }()

    private static let markup = Markup(
        rules, bold: { "**\($0)**" }, link: { title, url in "[\(title)](\(url.encodedForMarkdown))" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let mentions = options.mentions.map(Self.mention).joined(separator: " ")
        let limit = Self.contentLimit
        // The topic of the message that the incident began with; that of a list has no incident's name.
        let topic = topic ?? options.thread?.channel ?? Self.topic(of: notification)
        // Digits are an id. What could be read as JSON is written as JSON.
        let isName = !channel.utf8.allSatisfy { 0x30...0x39 ~= $0 } && (try? JSONValue(parsing: channel)) != nil
        let to = isName ? JSONValue.string(channel).description : channel
        return Self.markup.parts(of: notification, limit: limit, count: count, mentions: mentions).map { part in
            let content = Self.markup.text(notification, part, limit: limit, mentions: mentions)
            return OutboundMessage(
                to: "\(server)/api/v1/messages", headers: headers,
                form: ["type": "stream", "to": to, "topic": topic, "content": content])
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let code = response.json["code"]?.stringValue
        let words = [code, response.json["msg"]?.stringValue].compactMap { $0 }.joined(separator: " ")
        switch (response.isSuccess, response.json["result"]?.stringValue) {
        case (true, "success"?):
            let topic = message.form?["topic"]?.stringValue ?? ""
            return .delivered(response.json["id"]?.intValue.map { MessageReference(channel: topic, id: String($0)) })
        case (_, "error"?) where code == "RATE_LIMIT_HIT" || response.status == 429:
            let wait = ServiceResponse.wait(seconds: response.json["retry-after"])
            return .retry(after: wait, reason: response.reason(words))
        case (true, "error"?): return .refused(reason: response.reason(words))
        case (true, _): return response.unreadable
        case (false, _): return response.failure(words: words)
        }
    }

    /// The incident's name, so that its ALARM and OK meet without a memory; else the kind of message.
    private static func topic(of notification: Notification) -> String {
        let rules = TextRules(Escaping(["\n": " "]), .utf16)
        guard let incident = notification.incidentKey else {
            return rules.fit(notification.source.rawValue, topicLimit)
        }
        let name = incident.split { $0 == "|" || $0.isNewline }.last.map { String($0) } ?? incident
        let readable = rules.escape(ARN.name(ofAny: name))
        if readable.utf16.count <= topicLimit, !readable.trimmed.isEmpty { return readable }
        // Long names often differ at their end, which a cut would lose.
        return "\(rules.fit(readable, topicLimit - 9)) \(Digest.sha256Hex(incident).prefix(8))"
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "@**all**"
        case .user(let name): name.allSatisfy(\.isNumber) ? "@**|\(name)**" : "@**\(name.filter { $0 != "*" })**"
        case .group(let name): "@*\(name.filter { $0 != "*" })*"
        }
    }
}

extension ARN {
    /// The name of the resource that an ARN is of, without its type; any other text as it is.
    fileprivate static func name(ofAny text: String) -> String { ARN(text)?.name ?? text }
}
