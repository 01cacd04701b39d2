import Basics
import Configuration
import Events
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
    ///
    /// Services that take Slack's messages answer with bodies of their own, such as Rocket.Chat's `{"success":true}`.
    func slackWebhookOutcome(to message: OutboundMessage) -> SendOutcome {
        let error = json["error"]?.stringValue ?? text.trimmed
        if !isSuccess || Self.slackWebhookErrors[error] != nil, SlackMessage.refusesLayout(error),
            let fallback = message.fallback
        {
            return .next(fallback(), reason: reason(error))
        }
        guard isSuccess else {
            return failure(retryAfter: Self.wait(seconds: json["retry_after"]), words: error)
        }
        let verdict = (json["ok"] ?? json["success"])?.boolValue
        if text.trimmed.lowercased() == "ok" || verdict == true { return .delivered(nil) }
        switch Self.slackWebhookErrors[error] {
        case .temporary: return .retry(after: nil, reason: reason(error))
        case .unknownWebhook: return .unauthorized(reason: reason(error))
        case .refusal: return .refused(reason: reason(error))
        case nil: return verdict == false ? .refused(reason: reason(error)) : unusual
        }
    }

    private enum SlackWebhookError { case temporary, unknownWebhook, refusal }

    /// Slack's own errors, which count whatever the status is
    /// (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors).
    private static let slackWebhookErrors: [String: SlackWebhookError] = [
        "rate_limited": .temporary, "ratelimited": .temporary, "rollup_error": .temporary,
        "internal_error": .temporary, "fatal_error": .temporary, "service_unavailable": .temporary,
        "invalid_token": .unknownWebhook, "no_service": .unknownWebhook, "no_service_id": .unknownWebhook,
        "no_team": .unknownWebhook, "no_active_hooks": .unknownWebhook, "team_disabled": .unknownWebhook,
        "action_prohibited": .refusal, "channel_is_archived": .refusal, "channel_not_found": .refusal,
        "invalid_attachments": .refusal, "invalid_blocks": .refusal, "invalid_blocks_format": .refusal,
        "invalid_payload": .refusal, "missing_channel": .refusal, "missing_text_or_fallback_or_attachments": .refusal,
        "msg_blocks_too_long": .refusal, "no_text": .refusal, "posting_to_general_channel_denied": .refusal,
        "too_many_attachments": .refusal, "user_not_found": .refusal,
    ]
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
