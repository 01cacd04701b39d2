import Basics
import Configuration
import JSON

extension OutputKind {
    /// A DingTalk group robot; requests are signed when it has a secret
    /// (https://open.dingtalk.com/document/robots/custom-robot-access).
    static let dingTalk = OutputKind("dingtalk", service: "DingTalk") { settings in
        let output = DingTalkOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct DingTalkOutput {
    /// In bytes of JSON; a request may have 20,000.
    private static let limit = 18_000
    private let url: String
    private let secret: String?
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        secret = settings.secret("secret")
        count = settings.maximumMessages()
    }

    /// This Markdown needs two spaces before a line break.
    private static let rules: TextRules = {
        var escape = Escaping.backslashes(before: "\\`*_[]<>#~", breaksMentions: true)
        escape.replace("\n", by: "  \n")
        return TextRules(escape, .jsonBytes)
    }()

    private static let markup = Markup(
        rules, lineBreak: "  \n", bold: { "**\($0)**" },
        link: { title, url in "[\(title)](\(url.encodedForMarkdown))" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let mentions = options.mentions.map(Self.mention).joined(separator: " ")
        return Self.markup.parts(of: notification, limit: Self.limit, count: count, mentions: mentions).map { part in
            let text = Self.markup.text(notification, part, limit: Self.limit, mentions: mentions)
            let title = TextRules(Escaping(breaksMentions: true), .utf16).fit(notification.title, 100)
            var body: JSONObject = [
                "msgtype": "markdown",
                "markdown": ["title": .string(notification.severity.dot + " " + title), "text": .string(text)],
            ]
            body["at"] = Self.at(part.isFirst ? options.mentions : [])
            return OutboundMessage(to: signedURL(options.now), json: .object(body))
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        // After too many messages a minute DingTalk refuses everything for up to ten minutes.
        response.robotOutcome(
            rateLimited: [130101, 660026, 90018], unavailable: [-1], unauthorized: [300001, 300005, 40035])
    }

    /// The URL with the signature that robots with a secret require; it is valid for an hour.
    private func signedURL(_ now: Timestamp) -> String {
        guard let secret else { return url }
        let time = now.millisecondsSinceEpoch
        let signature = Base64.encode(Digest.hmac(key: Array(secret.utf8), "\(time)\n\(secret)"))
        return url + (url.contains("?") ? "&" : "?") + "timestamp=\(time)&sign=\(percentEncoded(signature))"
    }

    /// DingTalk calls only those whose name is in the text as well.
    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "@all"
        case .user(let id), .group(let id): "@" + rules.escape(id)
        }
    }

    /// Who is called: a number is a mobile phone's, anything else is a user id.
    private static func at(_ mentions: [Mention]) -> JSONValue {
        var (mobiles, users, isAll): ([JSONValue], [JSONValue], Bool) = ([], [], false)
        for mention in mentions {
            switch mention {
            case .everyone, .here: isAll = true
            case .user(let id), .group(let id):
                let isNumber = id.allSatisfy { $0.isNumber || "+-".contains($0) }
                if isNumber { mobiles.append(.string(id)) } else { users.append(.string(id)) }
            }
        }
        return ["atMobiles": .array(mobiles), "atUserIds": .array(users), "isAtAll": .bool(isAll)]
    }
}
