import JSON

/// One message without its wrapping, and what the wrapping said about it.
struct InputMessage: Sendable {
    /// The parsed message; a string when it is not JSON.
    var value: JSONValue
    /// The subject that the publisher gave it.
    var subject: String?
    /// Message attributes, which become tags.
    var attributes: [String: String] = [:]
    /// The SNS topic it came through.
    var topicARN: String?
    /// Equal for two deliveries of the same message.
    var id: String
    /// When it was sent, or else received.
    var time: Timestamp

    /// Parses a message's text: an object or a list of JSON; anything else is taken as plain text.
    static func parse(_ text: String) -> JSONValue {
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if let value = try? JSONValue(parsing: text) { return value }
            return .string(text)
        default: return .string(text)
        }
    }

    /// The start of every notification made of this message.
    func notification(_ title: String, source: Source, severity: Severity = .info) -> Notification {
        Notification(
            title: title, severity: severity, time: time, source: source, dedupeKey: id,
            account: ARN(topicARN)?.account, region: ARN(topicARN)?.region, tags: attributes, message: value
        )
    }

    /// The topic's name.
    var topicName: String? { ARN(topicARN)?.resource ?? topicARN }

    /// The severity that the publisher gave with an attribute or tag `severity`, or else the default.
    func severity(or standard: Severity) -> Severity { Severity(tags: attributes) ?? standard }
}

extension Severity {
    /// What a tag named `severity` or `priority` says, in the words that people use.
    init?(tags: [String: String]) {
        for (name, value) in tags where ["severity", "priority"].contains(name.lowercased()) {
            if let severity = Severity(word: value) {
                self = severity
                return
            }
        }
        return nil
    }

    /// What one of the usual words means, such as `critical`, `high`, `P1` or `WARN`.
    init?(word: String) {
        switch word.trimmed.lowercased() {
        case "critical", "crit", "fatal", "emergency", "alert", "error", "high", "page", "p0", "p1", "sev0", "sev1",
            "1":
            self = .critical
        case "warning", "warn", "medium", "moderate", "minor", "ticket", "p2", "p3", "sev2", "sev3", "2", "3":
            self = .warning
        case "info", "information", "informational", "notice", "low", "debug", "p4", "p5", "sev4", "sev5", "4", "5":
            self = .info
        case "ok", "good", "resolved", "none": self = .ok
        default: return nil
        }
    }
}
