import Basics
import Configuration
import JSON
import Transport

extension OutputKind {
    /// The message of the CloudWatch notifier that Tocsin replaces: a form field `payload` with one attachment.
    ///
    /// For channels whose readers or programs depend on it. Byte for byte the same for trusted senders; the texts of
    /// others are escaped and cut.
    static let slackForm = OutputKind("slack-form", service: "Slack") { settings in
        let output = SlackFormOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackFormOutput {
    private let url: String
    private let sender: JSONObject

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        sender = settings.slackSender()
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let (attachment, text) = Self.attachment(notification)
        let mentions = options.mentions.map(SlackLayout.mention)
        let words = (mentions + [text]).filter { !$0.isEmpty }.joined(separator: " ")
        let payload = sender.merging(["attachments": [attachment], "text": .string(words)])
        let form = "payload=" + percentEncoded(JSONValue.object(payload).pythonJSON, spaceAsPlus: true)
        let headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        return [OutboundMessage(.http(OutboundMessage.request("POST", url, headers, Array(form.utf8))))]
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        response.slackWebhookOutcome(to: message)
    }

    private static func attachment(_ notification: Notification) -> (JSONValue, text: String) {
        let message = notification.shownMessage
        let text = OriginalText(isRaw: notification.isTrusted)
        guard let name = message["AlarmName"]?.stringValue else {
            let value = text.fit(message.pythonJSON, 8_000)
            let field: JSONValue = ["title": "Message", "value": .string(value), "short": false]
            return (["fallback": "A new message", "fields": [field]], "AWS notification")
        }
        func word(_ key: String) -> String { text.fit(message[key]?.stringValue ?? "", 4_000) }
        let state = word("NewStateValue")
        let hasDescription = message["AlarmDescription"]?.stringValue != nil
        let description: JSONValue = hasDescription ? .string(word("AlarmDescription")) : .null
        let title = text.fit(name, 4_000)
        let link =
            "https://console.aws.amazon.com/cloudwatch/home?region=\(notification.region ?? "")"
            + "#alarm:alarmFilter=ANY;name=" + percentEncoded(name, spaceAsPlus: true)
        let reason = state == "OK" ? "" : "\(word("NewStateReason"))   \(text.fit(link, 4_000))"
        return (
            [
                "color": .string(["OK": "good", "INSUFFICIENT_DATA": "warning"][state] ?? "danger"),
                "fallback": .string("Alarm \(title) triggered"),
                "fields": [
                    ["title": .string(title), "value": description, "short": false],
                    [
                        "title": .string("\(word("OldStateValue")) -> \(state)"), "value": .string(reason),
                        "short": false,
                    ],
                ],
            ], ""
        )
    }
}

/// How texts of the event are written into the replaced functions' messages.
private struct OriginalText {
    /// The replaced functions neither escaped nor cut, so that whoever wrote an alarm's description could call people.
    let isRaw: Bool

    func fit(_ text: String, _ limit: Int) -> String { isRaw ? text : SlackLayout.rules.fit(text, limit) }
}

extension OutputKind {
    /// The message of the CloudMonitor function that Tocsin replaces: `{"text": …}` in either of its two styles.
    static let slackText = OutputKind("slack-text", service: "Slack") { settings in
        let output = SlackTextOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackTextOutput {
    private enum Style: String, CaseIterable {
        /// A sentence, then the members of the event's `content`, one a line.
        case event
        /// Every member of the event, indented by tabs. `event` falls back to it for anything but a system event.
        case tree
    }

    private let url: String
    private let style: Style

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        style = settings.choice("style", default: .event)
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let text = style == .event ? Self.event(notification.shownMessage) : nil
        let words = OriginalText(isRaw: notification.isTrusted)
            .fit(text ?? Self.tree(notification.shownMessage), SlackLayout.plainLimit)
        let whole = (options.mentions.map(SlackLayout.mention) + [words]).joined(separator: " ")
        let body = Array((["text": .string(whole)] as JSONValue).pythonJSON.utf8)
        return [
            OutboundMessage(.http(OutboundMessage.request("POST", url, ["Content-type": "application/json"], body)))
        ]
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        response.slackWebhookOutcome(to: message)
    }

    /// Style `event`; `nil` for anything but a system event.
    private static func event(_ event: JSONValue) -> String? {
        guard let name = event["name"], let content = event["content"]?.objectValue else { return nil }
        func word(_ key: String) -> String { (event[key] ?? .null).pythonText }
        let sentence =
            "[\(word("level"))] Event '\(name.pythonText)' was triggered by user ID "
            + "'\(word("userId"))' in region '\(word("regionId"))'\n"
        return sentence + content.map { "\n\($0.key): \($0.value.pythonText)" }.joined() + "\n"
    }

    /// Style `tree`, for any JSON.
    private static func tree(_ message: JSONValue) -> String {
        guard let object = message.objectValue else { return message.pythonText }
        return "\n" + tree(object, indent: "")
    }

    private static func tree(_ object: JSONObject, indent: String) -> String {
        object.map { key, value in
            // The original does not indent the name of a nested object.
            if case .object(let inner) = value { return "\(key):\n" + tree(inner, indent: indent + "\t") }
            return "\(indent)\(key): \(value.pythonText)\n"
        }.joined()
    }
}
