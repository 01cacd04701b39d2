import Basics
import Events
import JSON

extension Source {
    static let text = Source(rawValue: "text")
    static let json = Source(rawValue: "json")
}

/// JSON of no known format: a title if one can be found, and its members as fields.
enum AnyJSON {
    private static let titles = ["title", "subject", "summary", "headline", "alertname", "event", "name", "type"]
    private static let texts = [
        "description", "message", "text", "event message", "msg", "detail", "details", "reason",
    ]

    static func notification(of message: IncomingMessage) -> Notification {
        notification(of: message.value, message)
    }

    static func notification(of value: JSONValue, _ message: IncomingMessage) -> Notification {
        var used: Set<String> = []
        let object = value.objectValue ?? [:]
        let state = StateReading(object)
        let name = object.resourceName
        let title = message.subject ?? member(titles, of: object, &used) ?? (state.word == nil ? nil : name)
        let text = member(texts, of: object, &used)
        var notification = PlainText.notification(text ?? "", title: title, of: message)
        if notification.title.isEmpty { notification.title = "Message of an unknown format" }
        if let word = state.word {
            notification.state = StateChange(to: word)
            if !notification.title.lowercased().containsBytes(word.lowercased()) { notification.title += ": \(word)" }
        }
        notification.source = .json
        notification.severity = state.severity ?? .info
        notification.time = time(of: object) ?? message.time
        notification.resource = notification.resource ?? name
        notification.fields = JSONFields.fields(of: value, leavingOut: used)
        notification.fields.add("Topic", message.topicName)
        notification.fields.add("Format", "unknown, shown as it came")
        return notification
    }

    /// The first of these members that is a text of at most 4,000 bytes; case does not matter.
    private static func member(_ names: [String], of object: JSONObject, _ used: inout Set<String>) -> String? {
        for name in names {
            for (key, value) in object where key.utf8.count == name.utf8.count && key.lowercased() == name {
                if let text = value.stringValue?.nonBlank, text.utf8.count <= 4_000 {
                    used.insert(key)
                    return text
                }
            }
        }
        return nil
    }

    private static func time(of object: JSONObject) -> Timestamp? {
        for key in ["time", "timestamp", "Timestamp", "eventTime"] {
            if let time = object[key]?.timestamp, time.isPlausible { return time }
        }
        return nil
    }
}

extension Timestamp {
    /// Whether it lies between 2000 and 2100: a number in a member `time` need not be a time.
    fileprivate var isPlausible: Bool { (946_684_800.0...4_102_444_800).contains(secondsSinceEpoch) }
}

/// A message that is not JSON.
enum PlainText {
    private static let titleLength = 150

    static func notification(_ text: String, of message: IncomingMessage) -> Notification {
        if let pairs = QuotedPairs.read(text) { return AnyJSON.notification(of: .object(pairs), message) }
        let fault = brokenJSON(text)
        let title = message.subject ?? fault.map { _ in "Message that is not valid JSON" }
        var notification = notification(text, title: title, of: message)
        if let state = StateReading(startOf: notification.title) {
            notification.severity = state.severity ?? .info
            notification.state = state.word.map { StateChange(to: $0) }
        }
        notification.fields.add(Field.notUnderstood, fault.map { "not valid JSON: \($0)" }, isShort: false)
        if notification.title.isEmpty {
            notification.title = "Empty message"
            notification.fields.add(Field.notUnderstood, "the message has no text", isShort: false)
        }
        notification.fields.add("Topic", message.topicName)
        return notification
    }

    /// What is wrong with a text that was meant as a JSON object or list of some members; nil for any other text.
    ///
    /// `[FIRING:1] …` and `{name} is down` are no JSON: what follows the bracket must look like it.
    private static func brokenJSON(_ text: String) -> String? {
        let text = text.trimmed
        let next = text.utf8.dropFirst().first { !$0.isASCIIWhitespace }
        let isMeant =
            switch text.utf8.first {
            case UInt8(ascii: "{"): next == UInt8(ascii: "\"") || next == UInt8(ascii: "'")
            case UInt8(ascii: "["): next == UInt8(ascii: "{") || next == UInt8(ascii: "\"")
            default: false
            }
        guard isMeant else { return nil }
        do throws(JSONError) {
            _ = try JSONValue(parsing: text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Without a title, the first line becomes it.
    ///
    /// The text repeats that line only if it was too long for a title.
    static func notification(_ text: String, title: String?, of message: IncomingMessage) -> Notification {
        // Before it is cut: half a secret has no shape that could be known.
        let text = SecretMask.masked(text.trimmed)
        let firstLine = text.split(whereSeparator: \.isNewline).first.map(\.trimmed) ?? ""
        var notification = message.notification(
            SecretMask.masked(title ?? firstLine).cut(titleLength), source: .text)
        let isInTitle = title == nil && firstLine.count <= titleLength
        notification.text = isInTitle ? text.dropFirst(firstLine.count).trimmed : text
        return notification
    }
}

extension StateReading {
    /// Reads the state that senders put before a title: `[FIRING:1] HighLatency`, `CRITICAL: disk full`.
    ///
    /// Only in capitals, because any sentence can begin with such a word.
    fileprivate init?(startOf title: String) {
        let isBracket = title.hasPrefix("[")
        let rest = isBracket ? title.dropFirst() : title[...]
        let word = rest.prefix { $0.isASCII && ($0.isUppercase || $0 == "_") }
        let next = rest[word.endIndex...].trimmed.first
        guard word.utf8.count > 1, isBracket ? next == "]" || next == ":" : next == ":" || next == "-" else {
            return nil
        }
        self.init(word: String(word))
    }
}

/// Lines such as `ResourceStatus='CREATE_FAILED'`, in which CloudFormation and others write.
enum QuotedPairs {
    /// At least two pairs and nothing else; values may have several lines.
    ///
    /// Nil for any other text.
    static func read(_ text: String) -> JSONObject? {
        var pairs: JSONObject = [:]
        var rest = text.trimmed[...]
        while !rest.isEmpty {
            guard let opening = rest.place(of: "='") else { return nil }
            let key = rest[..<opening.lowerBound]
            guard !key.isEmpty, key.utf8.count <= 60, key.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == 0x5F })
            else {
                return nil
            }
            let inside = rest[opening.upperBound...]
            // A quote in the middle of a line belongs to the value.
            var end = inside.startIndex
            while end < inside.endIndex {
                let next = inside.index(after: end)
                if inside[end] == "'", next == inside.endIndex || inside[next].isNewline { break }
                end = next
            }
            guard end < inside.endIndex else { return nil }
            pairs[String(key)] = .string(inside[..<end].trimmed)
            rest = inside[inside.index(after: end)...].drop { $0.isNewline || $0 == " " }
        }
        return pairs.count > 1 ? pairs : nil
    }
}
