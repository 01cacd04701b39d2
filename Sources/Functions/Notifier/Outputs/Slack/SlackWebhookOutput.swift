import Basics
import Configuration
import JSON

extension OutputKind {
    /// An incoming webhook of Slack, or of a service that accepts the same messages
    /// (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
    ///
    /// The response does not identify the message, so threads and later changes are impossible.
    static let slack = OutputKind("slack", service: "Slack") { settings in
        let output = SlackWebhookOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackWebhookOutput {
    private let url: String
    private let sender: JSONObject
    private let count: Int

    init(_ settings: ConfigurationSection) {
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

extension ConfigurationSection {
    /// Into how many messages a long notification may be split.
    func maximumMessages() -> Int { integer("max-messages", default: 5, in: 1...20) }

    /// The channel, and the name and icon of the sender; Slack ignores them where the webhook or token may not set
    /// them.
    func slackSender() -> JSONObject {
        var sender: JSONObject = [:]
        sender["channel"] = text("channel").map { .string($0) }
        sender["username"] = text("username").map { .string($0) }
        sender["icon_emoji"] = text("emoji").map { .string($0.hasPrefix(":") ? $0 : ":\($0):") }
        return sender
    }
}
