import Basics
import Configuration
import Events
import JSON
import Transport

extension OutputKind {
    /// Any service with an HTTP API: method, headers and body are settings, the body is a template.
    ///
    /// With a secret the body is signed as GitHub's webhooks are: `X-Tocsin-Signature: sha256=` and the HMAC-SHA-256 of
    /// the body in lower-case hexadecimal.
    static let webhook = OutputKind("webhook", service: "the webhook", supportsDigests: false) { settings in
        let output = WebhookOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct WebhookOutput {
    private enum Method: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    private let url: String
    private let secret: String?
    private let method: Method
    private let headers: HTTPHeaders
    private let signatureHeader: String
    private let template: Template?

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        secret = settings.secret("secret")
        method = settings.choice("method", default: .post)
        signatureHeader = settings.text("signature-header") ?? "X-Tocsin-Signature"
        var headers: HTTPHeaders = ["Content-Type": "application/json; charset=utf-8"]
        for (name, plain) in settings.pairs("headers") {
            let value = settings.secret(OutputDefinition.secretKey(ofHeader: name)) ?? plain
            if Self.isHeader(name, value) {
                headers.set(name, value)
            } else {
                settings.fault("headers", "has \"\(name)\", which is not a valid header")
            }
        }
        if let authorization = settings.secret("authorization") { headers.set("Authorization", authorization) }
        self.headers = headers
        let body = settings.text("body") ?? "{{notification}}"
        let isJSON = headers["Content-Type"]?.hasPrefix("application/json") == true
        do throws(Template.Fault) {
            template = try Template(body, style: isJSON ? .json : .raw)
        } catch {
            template = nil
            settings.fault("body", error.problem)
        }
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let body = Array((template?.text(notification, mentions: options.mentions) ?? "").utf8)
        var headers = headers
        headers.set("Idempotency-Key", Digest.sha256Hex(options.idempotencyKey))
        if let secret {
            let signature = Digest.hmac(key: Array(secret.utf8), String(decoding: body, as: UTF8.self)).hex
            headers.set(signatureHeader, "sha256=\(signature)")
        }
        return [OutboundMessage(.http(OutboundMessage.request(method.rawValue, url, headers, body)))]
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        // The body is left out of the reason, because an unknown service may repeat a secret in it.
        response.isSuccess ? .delivered(nil) : response.failure(words: "")
    }

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

/// A text with placeholders: `{"summary": {{title}}, "all": {{notification}}}`.
///
/// In JSON a placeholder is a whole value with its quotation marks, or `null`; within a string, as in
/// `"{{severity}}: {{title}}"`, it is a part of it. Elsewhere a text is written as it is, arrays and objects as JSON.
/// A placeholder may say how it is escaped: `{{name|json}}` (for the inside of a JSON string), `{{name|url}}`,
/// `{{name|html}}` or `{{name|raw}}`.
private struct Template: Sendable {
    /// How a value is escaped.
    enum Style: String, CaseIterable {
        case json, url, html, raw
        /// A whole value in JSON, outside of strings; templates cannot ask for it.
        case value

        static let names = "json, url, html, raw"
    }

    private enum Piece {
        case text(String)
        case value(name: String, style: Style)
    }

    private let pieces: [Piece]

    /// Reads a template.
    /// - Throws: `Fault` for a placeholder that is not closed, or whose name or style is unknown.
    init(_ text: String, style: Style) throws(Fault) {
        var pieces: [Piece] = []
        var rest = text[...]
        var isInString = false
        let isDocument = style == .json && Self.isDocument(text)
        while let open = Self.position(of: "{{", in: rest) {
            pieces.append(.text(String(rest[..<open])))
            if isDocument { Self.follow(rest[..<open], &isInString) }
            let inside = rest[rest.index(open, offsetBy: 2)...]
            guard let close = Self.position(of: "}}", in: inside) else {
                throw Fault(problem: "has a {{ without }}")
            }
            let standard = isDocument && !isInString ? Style.value : style
            pieces.append(try Self.placeholder(String(inside[..<close]), standard))
            rest = inside[inside.index(close, offsetBy: 2)...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    struct Fault: Error {
        /// Continues a sentence: `has a {{ without }}`.
        let problem: String
    }

    /// The text for a notification.
    func text(_ notification: Notification, mentions: [Mention]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .value(let name, let style):
                let value = notification.value(named: name, mentions: mentions) ?? .null
                return Self.write(value, style)
            }
        }.joined()
    }

    private static func placeholder(_ inside: String, _ style: Style) throws(Fault) -> Piece {
        let parts = inside.split(separator: "|", omittingEmptySubsequences: false).map { part in
            String(part.filter { $0 != " " || part.contains(":") }.drop { $0 == " " })
        }
        let name = parts.first ?? ""
        guard parts.count <= 2,
            Notification.valueNames.contains(name) || name.hasPrefix("field:") || name.hasPrefix("tag:")
        else {
            let names = Notification.valueNames.joined(separator: ", ")
            throw Fault(problem: "has {{\(inside)}}, expected one of \(names), field:NAME or tag:NAME")
        }
        guard let word = parts.dropFirst().first else { return .value(name: name, style: style) }
        guard let style = Style(rawValue: word), style != .value else {
            throw Fault(problem: "has {{\(inside)}}, expected one of \(Style.names) after the |")
        }
        return .value(name: name, style: style)
    }

    /// Whether a template is a JSON document: an object, a list, a string or a placeholder alone.
    ///
    /// Any other text can only be meant for a service that does not read the content type.
    private static func isDocument(_ text: String) -> Bool {
        let text = text.trimmed
        if text.hasPrefix("{{") { return text.place(of: "}}")?.upperBound == text.endIndex }
        return ["{", "[", "\""].contains { text.hasPrefix($0) }
    }

    /// Keeps track of whether a JSON text ends within a string.
    private static func follow(_ text: Substring, _ isInString: inout Bool) {
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInString
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
    }

    private static func write(_ value: JSONValue, _ style: Style) -> String {
        if style == .value { return value.description }
        let text: String
        switch value {
        case .null: return ""
        case .string(let string): text = string
        default: text = value.description
        }
        switch style {
        case .raw: return text
        case .html: return Escaping.attribute(text)
        case .url: return percentEncoded(text)
        case .json, .value: return String(JSONValue.string(text).description.dropFirst().dropLast())
        }
    }

    private static func position(of pair: String, in text: Substring) -> Substring.Index? {
        text.indices.first { text[$0...].hasPrefix(pair) }
    }
}

extension Notification {
    /// The names of values in a template; `field:NAME` and `tag:NAME` are possible as well.
    fileprivate static let valueNames = [
        "title", "text", "severity", "state", "previous_state", "time", "source", "account", "region", "resource",
        "dedupe_key", "incident_key", "link", "mentions", "fields", "links", "tags", "message", "notification",
    ]

    /// - Returns: `nil` when the notification has no such value.
    fileprivate func value(named name: String, mentions: [Mention]) -> JSONValue? {
        switch name {
        case "title": .string(title)
        case "text": .string(text)
        case "severity": .string(severity.rawValue)
        case "state": state.map { .string($0.to) }
        case "previous_state": state?.from.map { .string($0) }
        case "time": .string(time.iso8601)
        case "source": .string(source.rawValue)
        case "account": account.map { .string($0) }
        case "region": region.map { .string($0) }
        case "resource": resource.map { .string($0) }
        case "dedupe_key": .string(dedupeKey)
        case "incident_key": incidentKey.map { .string($0) }
        case "link": links.first.map { .string($0.url) }
        case "mentions": .string(mentions.map(\.text).joined(separator: " "))
        case "fields": .array(fields.map { ["name": .string($0.name), "value": .string($0.value)] })
        case "links": .array(links.map { ["title": .string($0.title), "url": .string($0.url)] })
        case "tags":
            SecretMask.masked(.object(JSONObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        case "message": shownMessage
        case "notification": .object(json)
        default: valueOfFieldOrTag(name)
        }
    }

    private func valueOfFieldOrTag(_ name: String) -> JSONValue? {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let value = parts[0] == "tag" ? tags[parts[1]] : fields.first { $0.name == parts[1] }?.value
        return value.map { .string($0) }
    }

    /// The whole notification, for programs: all named values except those that repeat others, and the raw message.
    var json: JSONObject {
        let derived: Set<String> = ["link", "mentions", "notification", "message"]
        return JSONObject(
            Self.valueNames.filter { !derived.contains($0) }.map { ($0, value(named: $0, mentions: []) ?? .null) })
    }
}
