import Basics
import Configuration
import JSON
import Transport

extension OutputKind {
    /// A Matrix room (Gitter's rooms are Matrix rooms), written to by the user whose access token is set
    /// (https://spec.matrix.org/latest/client-server-api/#sending-events-to-a-room).
    ///
    /// Sending an event again is harmless: for a known transaction id the server returns the event that it has.
    static let matrix = OutputKind("matrix", service: "Matrix", supportsImages: true) { settings in
        let output = MatrixOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct MatrixOutput {
    /// In bytes of JSON; an event may have 64 KB, and an edit contains body and HTML twice.
    private static let limit = 12_000
    private let token: String
    private let server: String
    private let room: String
    private let isNotice: Bool
    private let count: Int

    init(_ settings: ConfigurationSection) {
        token = settings.requiredSecret("token")
        server = settings.url("server", default: "https://matrix.org")
        room = settings.requiredText("room")
        isNotice = settings.flag("notice", default: false)
        count = settings.maximumMessages()
        if !room.isEmpty && !room.hasPrefix("!") {
            settings.fault("room", expected: "the room's internal id, which begins with !")
        }
    }

    private static let rules: TextRules = {
        var escape = Escaping.attribute
        escape.replace("\n", by: "<br>")
        return TextRules(escape, .jsonBytes)
    }()

    private static let html = Markup(
        rules, lineBreak: "<br>", bold: { "<strong>\($0)</strong>" },
        link: { "<a href=\"\(Escaping.attribute($1))\">\($0)</a>" })
    private static let plain = Markup.plain(TextRules(Escaping(), .jsonBytes))

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let names = options.mentions.map(Self.mention)
        let (text, html) = (names.joined(separator: " "), names.map(Self.link).joined(separator: " "))
        let parts = Self.html.parts(of: notification, limit: Self.limit, count: count, mentions: html)
        var messages = parts.map { part in
            let content: JSONObject = [
                "msgtype": isNotice ? "m.notice" : "m.text",
                "body": .string(Self.plain.text(notification, part, limit: Self.limit, mentions: text)),
                "format": "org.matrix.custom.html",
                "formatted_body": .string(Self.html.text(notification, part, limit: Self.limit, mentions: html)),
                "m.mentions": Self.mentions(part.isFirst ? options.mentions : []),
            ]
            return event(content.merging(relation(options)), "\(options.idempotencyKey)-\(part.index)")
        }
        if let image = options.image { messages.append(upload(image, notification.title, options)) }
        if let thread = options.thread, let edit = edit(thread, notification.severity, options) {
            messages.append(edit)
        }
        return messages
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let error = response.json["errcode"]?.stringValue
        guard response.isSuccess else {
            let words = "\(error ?? "") \(response.json["error"]?.stringValue ?? "")"
            let wait = ServiceResponse.wait(seconds: response.json["retry_after_ms"]).map { $0 / 1_000 }
            if error == "M_UNKNOWN_TOKEN" || error == "M_MISSING_TOKEN" {
                return .unauthorized(reason: response.reason(words))
            }
            return response.failure(retryAfter: wait, words: words)
        }
        if let next = message.nextStep {
            return next(response.json).map { .next($0, reason: "the graph is uploaded") } ?? response.unreadable
        }
        guard let id = response.json["event_id"]?.stringValue else { return response.unreadable }
        return .delivered(MessageReference(channel: room, id: id, content: message.content))
    }

    private func event(_ content: JSONObject, _ transaction: String) -> OutboundMessage {
        let path = "_matrix/client/v3/rooms/\(percentEncoded(room))/send/m.room.message/\(percentEncoded(transaction))"
        return OutboundMessage(
            to: "\(server)/\(path)", method: "PUT", headers: authorization, json: .object(content),
            content: .object(content))
    }

    private var authorization: HTTPHeaders { ["Authorization": "Bearer \(token)"] }

    /// Puts an event into the thread of the incident's first message; clients without threads show it as a reply.
    private func relation(_ options: MessageOptions) -> JSONObject {
        guard let thread = options.thread else { return [:] }
        let reply: JSONValue = ["event_id": .string(thread.id)]
        return [
            "m.relates_to": [
                "rel_type": "m.thread", "event_id": .string(thread.id), "is_falling_back": true, "m.in_reply_to": reply,
            ]
        ]
    }

    private func edit(_ reference: MessageReference, _ severity: Severity, _ options: MessageOptions)
        -> OutboundMessage?
    {
        guard var content = reference.content.objectValue else { return nil }
        for key in ["body", "formatted_body"] {
            content[key] = content[key]?.stringValue.map { .string(severity.redotted($0)) }
        }
        // An edit must not call people again, and Matrix does not let it change the thread.
        content["m.mentions"] = [:]
        content["m.relates_to"] = nil
        let replaced: JSONValue = ["rel_type": "m.replace", "event_id": .string(reference.id)]
        let change: JSONObject = ["m.new_content": .object(content), "m.relates_to": replaced]
        var message = event(content.merging(change), "\(options.idempotencyKey)-edit")
        message.isOptional = true
        return message
    }

    /// A graph takes two requests: one uploads the image to the media store, one sends the event that shows it.
    private func upload(_ image: [UInt8], _ title: String, _ options: MessageOptions) -> OutboundMessage {
        var headers = authorization
        headers.set("Content-Type", "image/png")
        let url = "\(server)/_matrix/media/v3/upload?filename=graph.png"
        var message = OutboundMessage(.http(OutboundMessage.request("POST", url, headers, image)))
        message.isOptional = true
        message.nextStep = { response in
            guard let address = response["content_uri"]?.stringValue else { return nil }
            let content: JSONObject = [
                "msgtype": "m.image", "body": .string(Self.plain.rules.fit(title, 500)), "url": .string(address),
                "info": ["mimetype": "image/png", "size": JSONValue(image.count)], "m.mentions": [:],
            ]
            var event = event(content.merging(relation(options)), "\(options.idempotencyKey)-graph")
            event.isOptional = true
            return event
        }
        return message
    }
}

extension MatrixOutput {
    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "@room"
        case .user(let id), .group(let id): userID(id)
        }
    }

    private static func userID(_ id: String) -> String { id.hasPrefix("@") ? id : "@\(id)" }

    private static func link(_ name: String) -> String {
        name == "@room"
            ? name : "<a href=\"https://matrix.to/#/\(percentEncoded(name, keeping: "@:"))\">\(rules.escape(name))</a>"
    }

    /// Who is called; when this member is present, even if it is empty, nothing in the texts calls anybody else.
    private static func mentions(_ mentions: [Mention]) -> JSONValue {
        var result: JSONObject = [:]
        let names = mentions.map(mention)
        let users = names.filter { $0 != "@room" }
        if !users.isEmpty { result["user_ids"] = .array(users.map { .string($0) }) }
        if names.count > users.count { result["room"] = true }
        return .object(result)
    }
}
