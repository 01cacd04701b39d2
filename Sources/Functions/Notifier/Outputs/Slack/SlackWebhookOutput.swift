import Basics
import JSON
import Transport

extension OutputKind {
    /// A Slack incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks), also those of
    /// services that take the same.
    ///
    /// It tells nothing about the message, so there are no threads and no later changes.
    static let slack = OutputKind("slack", service: "Slack") { settings in
        let output = SlackWebhookOutput(&settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackWebhookOutput {
    private let url: String
    private let sender: JSONObject
    private let count: Int

    init(_ settings: inout OutputSettings.Reader) {
        url = settings.secretURL()
        sender = settings.slackSender()
        count = settings.maximumMessages()
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        SlackMessage.all(notification, mentions: options.mentions, count: count).map { message in
            var outbound = OutboundMessage(to: url, json: .object(sender.merging(message.content)))
            outbound.fallback = { [url, sender] in
                OutboundMessage(to: url, json: .object(sender.merging(message.plain())))
            }
            return outbound
        }
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        response.slackWebhookOutcome(to: message)
    }
}

extension ServiceResponse {
    /// What a webhook's response means: the text `ok`, or the name of an error.
    func slackWebhookOutcome(to message: OutboundMessage) -> SendOutcome {
        let error = json["error"]?.stringValue ?? text
        guard isSuccess else {
            if SlackMessage.refusesLayout(error), let fallback = message.fallback {
                return .next(fallback(), reason: reason(error))
            }
            return failure(retryAfter: json["retry_after"]?.doubleValue.map { .seconds($0) }, words: error)
        }
        if text == "ok" || json["ok"]?.boolValue == true { return .delivered(nil) }
        return json["ok"]?.boolValue == false ? .refused(reason: reason(error)) : unreadable
    }
}

extension OutputSettings.Reader {
    /// How many messages a long notification may become.
    mutating func maximumMessages() -> Int { integer("max-messages", default: 5, in: 1...20) }

    /// In whose name and where Slack shows the message, as far as the webhook or token may choose.
    mutating func slackSender() -> JSONObject {
        var sender: JSONObject = [:]
        sender["channel"] = string("channel").map { .string($0) }
        sender["username"] = string("username").map { .string($0) }
        sender["icon_emoji"] = string("emoji").map { .string($0.hasPrefix(":") ? $0 : ":\($0):") }
        return sender
    }
}

extension OutputKind {
    /// The message of the CloudMonitor function that this one replaces: `{"text": …}` in either of its two styles.
    static let slackText = OutputKind("slack-text", service: "Slack") { settings in
        let output = SlackTextOutput(&settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackTextOutput {
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

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        response.slackWebhookOutcome(to: message)
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
