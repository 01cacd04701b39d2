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
    private let token: String
    private let server: String
    private let channel: String
    private let sender: JSONObject
    private let broadcasts: Bool
    private let updates: Bool
    private let count: Int

    init(_ settings: ConfigurationSection) {
        token = settings.requiredSecret("token")
        server = settings.url("server", default: "https://slack.com/api")
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
        let contents = SlackMessage.all(notification, mentions: options.mentions, count: count)
        var messages = contents.map { message in
            var outbound = call("chat.postMessage", frame.merging(message.content), content: .object(message.content))
            // The fallback leaves the thread too, because the thread's first message may have been deleted.
            outbound.fallback = { call("chat.postMessage", unthreaded.merging(message.plain())) }
            return outbound
        }
        if let image = options.image {
            messages[0].nextStep = { response in
                let thread = options.thread?.id ?? response["ts"]?.stringValue
                guard let channel = response["channel"]?.stringValue, let thread else { return nil }
                return upload(image, named: notification.title, channel: channel, thread: thread)
            }
        }
        if updates, let thread = options.thread, let update = update(thread, notification.severity) {
            messages.append(update)
        }
        return messages
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        if case .http(let request) = message.call, !request.url.hasPrefix(server) {
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
            return .retry(after: response.json["retry_after"]?.doubleValue.map { .seconds($0) }, reason: reason)
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
            return next.map { .next($0, reason: "the graph's upload has a next step") } ?? .delivered(nil)
        }
        guard let channel = json["channel"]?.stringValue, let id = json["ts"]?.stringValue else {
            return .delivered(nil, followUp: next)
        }
        return .delivered(MessageReference(channel: channel, id: id, content: message.content), followUp: next)
    }

    private func call(_ method: String, _ body: JSONObject, content: JSONValue = .null) -> OutboundMessage {
        OutboundMessage(to: "\(server)/\(method)", headers: authorization, json: .object(body), content: content)
    }

    private var authorization: HTTPHeaders { ["Authorization": "Bearer \(token)"] }

    private func update(_ reference: MessageReference, _ severity: Severity) -> OutboundMessage? {
        guard let content = SlackLayout.recoloured(reference.content, severity) else { return nil }
        let address: JSONObject = ["channel": .string(reference.channel), "ts": .string(reference.id)]
        var message = call("chat.update", address.merging(content))
        message.isOptional = true
        return message
    }
}

extension SlackBotOutput {
    /// Puts a graph into a thread by three requests: get an upload URL, send the bytes, say where to show the file
    /// (https://docs.slack.dev/messaging/working-with-files#uploading_files).
    private func upload(_ image: [UInt8], named title: String, channel: String, thread: String) -> OutboundMessage {
        let title = String(title.prefix(200))
        let place: JSONObject = ["channel_id": .string(channel), "thread_ts": .string(thread)]
        let form = "filename=graph.png&length=\(image.count)&alt_txt=" + percentEncoded(title)
        var message = formCall("files.getUploadURLExternal", form)
        message.nextStep = { response in
            guard let url = response["upload_url"]?.stringValue, let file = response["file_id"]?.stringValue else {
                return nil
            }
            return sendBytes(image, to: url, next: completeUpload(of: file, named: title, in: place))
        }
        return message
    }

    /// The upload URL is secret by itself, so the request has no token.
    private func sendBytes(_ bytes: [UInt8], to url: String, next: OutboundMessage) -> OutboundMessage {
        let headers: HTTPHeaders = ["Content-Type": "image/png"]
        var message = OutboundMessage(.http(OutboundMessage.request("POST", url, headers, bytes)))
        message.isOptional = true
        message.nextStep = { _ in next }
        return message
    }

    private func completeUpload(of file: String, named title: String, in place: JSONObject) -> OutboundMessage {
        let files: JSONObject = ["files": [["id": .string(file), "title": .string(title)]]]
        var message = call("files.completeUploadExternal", files.merging(place))
        message.isOptional = true
        return message
    }

    /// For `files.getUploadURLExternal`, the one method that does not accept JSON.
    private func formCall(_ method: String, _ form: String) -> OutboundMessage {
        var headers = authorization
        headers.set("Content-Type", "application/x-www-form-urlencoded")
        let request = OutboundMessage.request("POST", "\(server)/\(method)", headers, Array(form.utf8))
        var message = OutboundMessage(.http(request))
        message.isOptional = true
        return message
    }
}
