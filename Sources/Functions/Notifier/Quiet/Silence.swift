public import Basics
public import JSON

/// A time in which notifications that match are not sent, because somebody said so.
public struct Silence: Sendable, Hashable {
    /// The name that ends it; short enough to type.
    public let id: String
    /// All of them have to hold.
    public var matchers: [Matcher]
    /// Who silences.
    public var author: String
    /// Why, for the others on call.
    public var reason: String
    /// From then on.
    public var start: Timestamp
    /// Not from then on.
    public var end: Timestamp

    /// A silence of at least one matcher.
    /// - Throws: `QuietError` with `wrongSilence` when it would silence nothing, or almost everything.
    public init(
        id: String, matchers: [Matcher], author: String, reason: String, start: Timestamp, end: Timestamp
    ) throws(QuietError) {
        guard matchers.contains(where: { !$0.holdsForNothing }) else {
            throw QuietError(
                .wrongSilence,
                matchers.isEmpty
                    ? "a silence needs at least one matcher, such as severity=warning or alarm=cpu-high"
                    : "this would silence whatever lacks these values, and so almost everything: at least one matcher "
                        + "must not hold for an empty text")
        }
        guard matchers.contains(where: { !$0.holdsForNothing && !$0.holdsForEverything }) else {
            throw QuietError(
                .wrongSilence,
                "this would silence everything: every notification has a title, a source and a severity. At least one "
                    + "matcher must leave something out")
        }
        guard start < end else { throw QuietError(.wrongSilence, "the silence ends before it begins") }
        (self.id, self.matchers, self.author, self.reason) = (id, matchers, author, reason)
        (self.start, self.end) = (start, end)
    }

    /// A new name: five letters and digits that are not mistaken for one another.
    public static func newID(random: () -> Double) -> String {
        let letters = Array("23456789abcdefghjkmnpqrstuvwxyz")
        return String((0..<5).map { _ in letters[min(Int(random() * Double(letters.count)), letters.count - 1)] })
    }

    /// Whether it is in force.
    public func isActive(at time: Timestamp) -> Bool { start <= time && time < end }

    /// Whether it silences all that is told of an alarm, as far as the name alone tells.
    public func silences(alarm name: String) -> Bool { matchers.allSatisfy { $0.holds(forAlarm: name) } }

    /// Whether it silences a notification while it is in force.
    func holds(for notification: Notification) -> Bool { matchers.hold(for: notification) }
}

extension Silence {
    /// The stored form, which `tocsin silence list --json` shows.
    public var json: JSONValue {
        [
            "id": .string(id), "matchers": .array(matchers.map { .string($0.description) }),
            "author": .string(author), "reason": .string(reason), "start": .string(start.iso8601),
            "end": .string(end.iso8601),
        ]
    }

    /// Reads the stored form; nil for what is not one, or has a matcher that this version does not know.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.stringValue, let texts = json["matchers"]?.arrayValue,
            let start = json["start"]?.stringValue.flatMap({ Timestamp(iso8601: $0) }),
            let end = json["end"]?.stringValue.flatMap({ Timestamp(iso8601: $0) })
        else { return nil }
        do throws(QuietError) {
            var matchers: [Matcher] = []
            for text in texts { matchers.append(try Matcher(text.stringValue ?? "")) }
            try self.init(
                id: id, matchers: matchers, author: json["author"]?.stringValue ?? "",
                reason: json["reason"]?.stringValue ?? "", start: start, end: end)
        } catch { return nil }
    }
}
