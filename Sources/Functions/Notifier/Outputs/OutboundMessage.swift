import AWS
import Basics
import JSON
import Transport

/// One thing to send, whole: its request holds everything, also what is secret.
struct OutboundMessage: Sendable {
    /// How it is sent.
    enum Call: Sendable {
        /// Performed as it is; `ChatOutput.outcome` reads the answer.
        case http(HTTPRequest)
        /// SNS's `Publish`. Its success is delivery, its error has been retried already by the AWS client.
        case publish(topicARN: String, message: String)
    }

    var call: Call
    /// An earlier message's new colour, or a graph: retried like an alert, but its failure fails no delivery.
    var isOptional = false
    /// What a later change of this message starts from; see `MessageReference.content`.
    var content = JSONValue.null
    /// Makes the next request from the response, for messages that take several requests.
    ///
    /// `nil` when there is only one. Returning `nil` means that the response lacks what the next request needs.
    var nextStep: (@Sendable (JSONValue) -> OutboundMessage?)?
    /// Makes the same message without layout, for when the service refuses the layout.
    var fallback: (@Sendable () -> OutboundMessage)?

    init(_ call: Call, content: JSONValue = .null) {
        self.call = call
        self.content = content
    }
}

extension OutboundMessage {
    /// A message by one JSON request.
    init(
        to url: String, method: String = "POST", headers: HTTPHeaders = [:], json: JSONValue,
        content: JSONValue = .null
    ) {
        var headers = headers
        headers.set("Content-Type", "application/json; charset=utf-8")
        self.init(.http(Self.request(method, url, headers, json.serialized())), content: content)
    }

    /// A request with the limits that chat services get: they answer within a second, or they do not answer.
    static func request(_ method: String, _ url: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: headers, body: .bytes(body), totalTimeout: .seconds(10), maximumResponseBytes: 1 << 20
        )
    }

    /// The request's body as text; what a dry run shows beside the name of the output, for it holds no secret.
    var bodyText: String {
        switch call {
        case .http(let request):
            guard case .bytes(let bytes) = request.body else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        case .publish(_, let message): return message
        }
    }
}

/// What the sender knows beside the notification.
struct MessageOptions: Sendable {
    /// Who is called; nothing in a notification's text ever calls anybody.
    var mentions: [Mention] = []
    /// The first message of the incident at the same output: the new one joins it, and colours it by its severity.
    var thread: MessageReference?
    /// The graph as PNG; outputs whose `supportsImages` is false leave it out.
    var image: [UInt8]?
    /// The time of sending, for signatures.
    var now: Timestamp
    /// The same whenever the same notification is sent again to the same output.
    var idempotencyKey: String
}

/// A message that was delivered, so that a later one can answer or change it; storable as JSON.
struct MessageReference: Sendable, Hashable {
    /// Slack's channel id, Telegram's chat id, Matrix's room; empty where the id alone will do.
    var channel = ""
    /// The service's id of the message: Slack's `ts`, Telegram's `message_id`, Matrix's event id.
    var id: String
    /// What a change of the message needs of it, because no service hands it out again: its blocks, its text.
    var content = JSONValue.null
}

extension MessageReference {
    /// The form for keeping.
    var json: JSONValue { ["channel": .string(channel), "id": .string(id), "content": content] }

    /// Reads the form for keeping.
    init?(_ json: JSONValue) {
        guard let channel = json["channel"]?.stringValue, let id = json["id"]?.stringValue else { return nil }
        self.init(channel: channel, id: id, content: json["content"] ?? .null)
    }
}

/// Somebody to call, in the words of a rules file.
enum Mention: Sendable, Hashable {
    /// Everybody in the channel: `@channel`, `@everyone` or `@all`.
    case everyone
    /// Whoever is present: `@here`; everybody at services that know no presence.
    case here
    /// A person by the service's own id or name: `@U012AB3CD`, `@ann`, a phone number at DingTalk.
    case user(String)
    /// A user group (Slack) or role (Discord) by its id: `@group:S012AB3CD`.
    case group(String)

    /// Reads a mention, with or without `@`; `nil` when nothing is named.
    init?(_ text: String) {
        // Matrix's own form keeps its `@`: `@ann:example.org`.
        let isMatrixID = text.hasPrefix("@") && text.contains(":") && !text.hasPrefix("@group:")
        let name = isMatrixID || !text.hasPrefix("@") ? text : String(text.dropFirst())
        switch name.lowercased() {
        case "", "group:": return nil
        case "channel", "everyone", "all": self = .everyone
        case "here": self = .here
        default: self = name.hasPrefix("group:") ? .group(String(name.dropFirst(6))) : .user(name)
        }
    }
}

extension Mention {
    /// As a rules file has it.
    var text: String {
        switch self {
        case .everyone: "@everyone"
        case .here: "@here"
        case .user(let name): "@\(name)"
        case .group(let id): "@group:\(id)"
        }
    }
}

/// A `multipart/form-data` body (RFC 7578): fields and one PNG.
struct Multipart {
    private(set) var body: [UInt8] = []
    private let boundary: String

    /// - Parameter key: what the boundary is made from, so that the same message has the same bytes.
    init(fields: [(name: String, value: String)], image: [UInt8], named name: String, key: String) {
        boundary = "tocsin-" + Digest.sha256Hex(key).prefix(32)
        for field in fields {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\r\n\r\n".utf8)
            body += Array("\(field.value)\r\n".utf8)
        }
        body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; ".utf8)
        body += Array("filename=\"graph.png\"\r\nContent-Type: image/png\r\n\r\n".utf8)
        body += image
        body += Array("\r\n--\(boundary)--\r\n".utf8)
    }

    /// The request that carries it.
    func request(_ method: String, _ url: String) -> HTTPRequest {
        let headers: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]
        return OutboundMessage.request(method, url, headers, body)
    }
}
