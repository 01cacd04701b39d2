import Basics
import JSON
import Transport

/// One request to a service, ready to send; it contains secrets.
struct OutboundMessage: Sendable {
    enum Call: Sendable {
        /// `ChatOutput.outcome(of:to:)` reads the response.
        case http(HTTPRequest)
        /// SNS's `Publish`: success is delivery, and the AWS client has retried before it reports an error.
        case publish(topicARN: String, message: String)
        /// Any other call of AWS; it knows itself what its output means.
        case aws(AWSRequest)
        /// Nothing is sent, because it would do harm; the notification fails for this reason.
        case withheld(reason: String)
    }

    var call: Call
    /// An earlier message's new colour, or a graph: retried like an alert, but its failure fails no delivery.
    var isOptional = false
    /// What a later change of this message needs; see `MessageReference.content`.
    var content = JSONValue.null
    /// Makes the next request from the response, for messages that take several requests.
    ///
    /// `nil` when there is only one. Returning `nil` means that the response lacks what the next request needs.
    var nextStep: (@Sendable (JSONValue) -> OutboundMessage?)?
    /// Makes the same message without layout, for when the service refuses the layout.
    var fallback: (@Sendable () -> OutboundMessage)?
    /// The fields of a form, by name; nil for another body.
    private(set) var form: JSONObject?

    init(_ call: Call, content: JSONValue = .null) {
        self.call = call
        self.content = content
    }
}

extension OutboundMessage {
    /// A request with a JSON body.
    init(
        to url: String, method: String = "POST", headers: HTTPHeaders = [:], json: JSONValue,
        content: JSONValue = .null
    ) {
        var headers = headers
        headers.set("Content-Type", "application/json; charset=utf-8")
        self.init(.http(Self.request(method, url, headers, json.serialized())), content: content)
    }

    /// A request with a form as its body.
    init(to url: String, headers: HTTPHeaders = [:], form: KeyValuePairs<String, String>) {
        var headers = headers
        headers.set("Content-Type", "application/x-www-form-urlencoded")
        let pairs = form.map { "\($0.key)=\(percentEncoded($0.value, spaceAsPlus: true))" }
        self.init(.http(Self.request("POST", url, headers, Array(pairs.joined(separator: "&").utf8))))
        self.form = JSONObject(form.map { ($0.key, .string($0.value)) })
    }

    /// A request with the time limit for chat services: they respond within a second, or not at all.
    static func request(_ method: String, _ url: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: headers, body: .bytes(body), totalTimeout: .seconds(10), maximumResponseBytes: 1 << 20
        )
    }

    /// The request's body as text, for dry runs; a form as a JSON object.
    var bodyText: String {
        if let form { return JSONValue.object(form).description }
        switch call {
        case .http(let request):
            guard case .bytes(let bytes) = request.body else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        case .publish(_, let message): return message
        case .aws(let request): return request.input.description
        case .withheld: return ""
        }
    }
}

/// What building the messages needs besides the notification.
struct MessageOptions: Sendable {
    /// Who is called; a notification's text never calls anybody.
    var mentions: [Mention] = []
    /// The incident's first message at the same output: new messages reply to it and change its colour to theirs.
    var thread: MessageReference?
    /// What stands under an alarm in Slack; `nil` for none.
    var buttons: AlarmButtons?
    /// The alarm's graph as PNG; `nil` for kinds that do not support images.
    var image: [UInt8]?
    /// The time for signatures.
    var now: Timestamp
    /// Equal when the same notification is sent to the same output again.
    var idempotencyKey: String
}

/// A delivered message, for later replies and changes; the ledger stores it as JSON.
struct MessageReference: Sendable, Hashable {
    /// Slack's channel id, Telegram's chat id or Matrix's room; empty where the id alone is enough.
    var channel = ""
    /// The service's id of the message: Slack's `ts`, Telegram's `message_id`, Matrix's event id.
    var id: String
    /// The blocks or the text: a change replaces them, and no service returns them later.
    var content = JSONValue.null
}

extension MessageReference {
    /// The form in the ledger.
    var json: JSONValue { ["channel": .string(channel), "id": .string(id), "content": content] }

    /// Reads the form in the ledger.
    init?(_ json: JSONValue) {
        guard let channel = json["channel"]?.stringValue, let id = json["id"]?.stringValue else { return nil }
        self.init(channel: channel, id: id, content: json["content"] ?? .null)
    }
}

/// Whom a message calls.
enum Mention: Sendable, Hashable {
    /// Everybody in the channel: `@channel`, `@everyone` or `@all` in the rules file.
    case everyone
    /// Everybody who is online: `@here`; the same as `everyone` for services without presence.
    case here
    /// One person by the service's own id or name: `@U012AB3CD`, `@ann`, or a phone number for DingTalk.
    case user(String)
    /// A user group (Slack) or role (Discord) by its id: `@group:S012AB3CD`.
    case group(String)

    /// Reads a mention of the rules file, with or without `@`; `nil` when it names nobody.
    init?(_ text: String) {
        // In a Matrix id the `@` is part of the id: `@ann:example.org`.
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
    /// The form in the rules file.
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

    /// - Parameter key: the boundary is derived from it, so that the same message always has the same bytes.
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

    func request(_ method: String, _ url: String) -> HTTPRequest {
        let headers: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]
        return OutboundMessage.request(method, url, headers, body)
    }
}

extension JSONObject {
    /// These members and those of another object, which win.
    func merging(_ other: JSONObject) -> JSONObject {
        other.reduce(into: self) { $0[$1.key] = $1.value }
    }
}
