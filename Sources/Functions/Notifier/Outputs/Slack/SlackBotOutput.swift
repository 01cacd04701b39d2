import Basics
import Configuration
import JSON
import Transport

extension OutputKind {
    /// A Slack app with a bot token, by the Web API: threads, later changes and graphs
    /// (https://docs.slack.dev/reference/methods/chat.postMessage; scopes `chat:write` and, for graphs, `files:write`).
    static let slackBot = OutputKind("slack-bot", service: "Slack", supportsImages: true) { settings in
        let output = SlackBotOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct SlackBotOutput {
    private let api: SlackAPI
    private let channel: String
    private let sender: JSONObject
    private let broadcasts: Bool
    private let updates: Bool
    private let count: Int

    init(_ settings: ConfigurationSection) {
        api = SlackAPI(settings)
        // Nothing is signed with it here: it tells that the messages get buttons.
        _ = settings.secret(OutputDefinition.signingSecretKey)
        channel = settings.requiredText("channel")
        sender = settings.slackSender()
        broadcasts = settings.flag("reply-broadcast", default: false)
        updates = settings.flag("update", default: true)
        count = settings.maximumMessages()
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        var frame = sender.merging(["channel": .string(channel), "unfurl_links": false, "unfurl_media": false])
        let unthreaded = frame
        if let thread = options.thread {
            frame = frame.merging([
                "channel": .string(thread.channel), "thread_ts": .string(thread.id),
                "reply_broadcast": .bool(broadcasts),
            ])
        }
        let contents = SlackMessage.all(
            notification, mentions: options.mentions, count: count, buttons: options.buttons)
        var messages = contents.map { message in
            var outbound = api.call(
                "chat.postMessage", frame.merging(message.content), content: .object(message.content))
            // The fallback leaves the thread too, because the thread's first message may have been deleted.
            outbound.fallback = { api.call("chat.postMessage", unthreaded.merging(message.plain())) }
            return outbound
        }
        if let image = options.image {
            messages[0].nextStep = { response in
                let thread = options.thread?.id ?? response["ts"]?.stringValue
                guard let channel = response["channel"]?.stringValue, let thread else { return nil }
                return api.upload(image, named: notification.title, channel: channel, thread: thread)
            }
        }
        if updates, let thread = options.thread, let update = update(thread, notification.severity) {
            messages.append(update)
        }
        return messages
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        if case .http(let request) = message.call, !request.url.hasPrefix(api.server) {
            // The upload URL responds with text, not with JSON.
            return response.isSuccess ? delivered(.null, message) : response.failure(words: "")
        }
        guard response.isSuccess, let isOK = response.json["ok"]?.boolValue else {
            return response.isSuccess
                ? response.unreadable : response.failure(words: response.json["error"]?.stringValue)
        }
        if isOK { return delivered(response.json, message) }
        let error = response.json["error"]?.stringValue ?? ""
        let reason = response.reason(error)
        switch error {
        case "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout":
            return .retry(after: ServiceResponse.wait(seconds: response.json["retry_after"]), reason: reason)
        case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
            return .unauthorized(reason: reason)
        case "thread_not_found", "cannot_reply_to_message":
            break
        default:
            guard SlackMessage.refusesLayout(error) else { return .refused(reason: reason) }
        }
        return message.fallback.map { .next($0(), reason: reason) } ?? .refused(reason: reason)
    }

    /// The outcome of a request that succeeded: the next request of an upload, or delivery, with the upload of the
    /// graph as follow-up.
    private func delivered(_ json: JSONValue, _ message: OutboundMessage) -> SendOutcome {
        let next = message.nextStep?(json)
        if message.isOptional {
            if let next { return .next(next, reason: "the graph's upload has a next step") }
            return message.nextStep == nil
                ? .delivered(nil) : .refused(reason: "Slack's answer does not say where to send the graph")
        }
        guard let channel = json["channel"]?.stringValue, let id = json["ts"]?.stringValue else {
            return .delivered(nil, followUp: next)
        }
        return .delivered(MessageReference(channel: channel, id: id, content: message.content), followUp: next)
    }

    private func update(_ reference: MessageReference, _ severity: Severity) -> OutboundMessage? {
        guard let content = SlackLayout.recoloured(reference.content, severity) else { return nil }
        let address: JSONObject = ["channel": .string(reference.channel), "ts": .string(reference.id)]
        var message = api.call("chat.update", address.merging(content))
        message.isOptional = true
        return message
    }
}
