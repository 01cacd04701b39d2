import JSON
import Transport

/// The message of the CloudMonitor function that this one replaces: `{"text": …}` in either of its two styles.
struct SlackTextOutput: ChatOutput {
    static let kind = "slack-text"

    /// How the event is written.
    enum Style: String, CaseIterable {
        /// A sentence, then the event's `content` line by line.
        case event
        /// Every member of the event, indented by tabs; also what `event` becomes for anything but a system event.
        case tree
    }

    private let url: String
    private let style: Style

    init(_ settings: inout OutputSettings.Reader) {
        url = settings.secretURL()
        style = settings.choice("style", default: .event)
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let text = style == .event ? Self.event(notification.message) : nil
        let words = SlackLayout.rules.fit(text ?? Self.tree(notification.message), SlackLayout.plainLimit)
        let whole = (options.mentions.map(SlackLayout.mention) + [words]).joined(separator: " ")
        let body = Array(PythonText.json(["text": .string(whole)]).utf8)
        return [
            OutboundMessage(.http(OutboundMessage.request("POST", url, ["Content-type": "application/json"], body)))
        ]
    }

    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome {
        SlackWebhookOutput.outcome(Answer(response, of: "Slack"), to: message)
    }

    /// The first style; `nil` for anything but a system event.
    private static func event(_ event: JSONValue) -> String? {
        guard let name = event["name"], let content = event["content"]?.objectValue else { return nil }
        func word(_ key: String) -> String { PythonText.string(event[key] ?? .null) }
        let sentence =
            "[\(word("level"))] Event '\(PythonText.string(name))' was triggered by user ID "
            + "'\(word("userId"))' in region '\(word("regionId"))'\n"
        return sentence + content.map { "\n\($0.key): \(PythonText.string($0.value))" }.joined() + "\n"
    }

    /// The second style, for any JSON.
    private static func tree(_ message: JSONValue) -> String {
        guard let object = message.objectValue else { return PythonText.string(message) }
        return "\n" + tree(object, indent: "")
    }

    private static func tree(_ object: JSONObject, indent: String) -> String {
        object.map { key, value in
            // The original leaves the indentation out before a nested object.
            if case .object(let inner) = value { return "\(key):\n" + tree(inner, indent: indent + "\t") }
            return "\(indent)\(key): \(PythonText.string(value))\n"
        }.joined()
    }
}
