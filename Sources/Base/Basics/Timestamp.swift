internal import CLinux

/// A moment, to the microsecond, without a time zone.
///
/// As `Codable` it is an ISO 8601 string in UTC; it decodes also from an HTTP date and from a number, see
/// ``init(secondsOrMillisecondsSinceEpoch:)``.
public struct Timestamp: Sendable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// A moment by microseconds since 1970 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// A moment by milliseconds since 1970 UTC; the nearest that can be held when out of range.
    public init(millisecondsSinceEpoch milliseconds: Int64) {
        self.init(secondsSinceEpoch: milliseconds / 1_000, microseconds: milliseconds % 1_000 * 1_000)
    }

    /// A moment by seconds since 1970 UTC, rounded to the microsecond; the nearest that can be held when out of range.
    public init(secondsSinceEpoch seconds: Double) {
        let microseconds = (seconds * 1e6).rounded()
        self.init(microseconds: Int64(exactly: microseconds) ?? (microseconds > 0 ? .max : .min))
    }

    /// A moment by seconds since 1970 UTC, or by milliseconds when the magnitude is 10^11 or more.
    ///
    /// Such seconds would lie after the year 5138; for messages that do not tell the unit.
    public init(secondsOrMillisecondsSinceEpoch number: Double) {
        self.init(secondsSinceEpoch: number.magnitude < 1e11 ? number : number / 1_000)
    }

    /// Seconds and microseconds, which need not be below a second and may differ in sign; clamped.
    init(secondsSinceEpoch seconds: Int64, microseconds: Int64) {
        self.init(microseconds: Int64(clamping: Int128(seconds) * 1_000_000 + Int128(microseconds)))
    }

    /// The moment it is now, by the system's clock.
    public static func now() -> Timestamp { Timestamp(microseconds: realtime_microseconds()) }

    /// Seconds since 1970 UTC.
    public var secondsSinceEpoch: Double { Double(microseconds) / 1e6 }

    /// Milliseconds since 1970 UTC, rounded down.
    public var millisecondsSinceEpoch: Int64 { microseconds.flooredDivision(by: 1_000).quotient }
}

extension Timestamp: Comparable {
    /// The earlier one is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}

extension Timestamp {
    /// A later moment; the last one that can be held when out of range.
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        let added = Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000)
        return Timestamp(microseconds: Int64(clamping: Int128(left.microseconds) + added))
    }

    /// An earlier moment; the first one that can be held when out of range.
    public static func - (left: Timestamp, right: Duration) -> Timestamp { left + (.zero - right) }

    /// The time from the right moment to the left one.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }

    /// Moves the moment on.
    public static func += (left: inout Timestamp, right: Duration) { left = left + right }

    /// Moves the moment back.
    public static func -= (left: inout Timestamp, right: Duration) { left = left - right }
}

extension Timestamp {
    /// Reads ISO 8601: `2026-11-21T03:42:00.123456Z`, any number of fraction digits (cut at microseconds), offsets as
    /// `+08:00`, `+0800` or `+08`, the basic form `20261121T034200Z`, a space for the `T`, and a date alone (midnight).
    ///
    /// Without an offset the time is UTC. Nil when the text is anything else.
    public init?(iso8601 text: String) {
        var text = DateText(text)
        guard let year = text.number(4) else { return nil }
        let isExtended = text.skip("-")
        guard let month = text.number(2), !isExtended || text.skip("-"), let day = text.number(2) else { return nil }
        if text.isAtEnd {
            self.init(CivilDate(year: year, month: month, day: day), fraction: 0, offset: 0)
            return
        }
        guard text.skip("T") || text.skip("t") || text.skip(" "), let hour = text.number(2) else { return nil }
        guard !isExtended || text.skip(":"), let minute = text.number(2) else { return nil }
        guard !isExtended || text.skip(":"), let second = text.number(2) else { return nil }
        guard let fraction = text.fraction(), let offset = text.offset(), text.isAtEnd else { return nil }
        let date = CivilDate(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        self.init(date, fraction: fraction, offset: offset)
    }

    /// Reads an HTTP date (IMF-fixdate, RFC 1123): `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Nil when the text is anything else. The name of the weekday may be wrong.
    public init?(httpDate text: String) {
        var text = DateText(text)
        guard text.name(Self.weekdays) != nil, text.skip(","), text.skip(" "), let day = text.number(2),
            text.skip(" "), let month = text.name(Self.months), text.skip(" "), let year = text.number(4),
            text.skip(" "), let hour = text.number(2), text.skip(":"), let minute = text.number(2), text.skip(":"),
            let second = text.number(2), text.skip(" "), text.name(["GMT", "UTC"]) != nil, text.isAtEnd
        else { return nil }
        let date = CivilDate(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        self.init(date, fraction: 0, offset: 0)
    }

    private init?(_ date: CivilDate?, fraction: Int64, offset: Int64) {
        guard let date else { return nil }
        self.init(secondsSinceEpoch: date.secondsSinceEpoch - offset, microseconds: fraction)
    }
}

extension Timestamp: Codable {
    /// Reads ISO 8601, an HTTP date, or a number of seconds or milliseconds since 1970.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self.init(secondsOrMillisecondsSinceEpoch: number)
            return
        }
        let text = try container.decode(String.self)
        guard let moment = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an ISO 8601 or HTTP date, found \"\(text.prefix(64))\"")
        }
        self = moment
    }

    /// Writes ISO 8601 in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}

extension Timestamp {
    /// ISO 8601 in UTC with a fixed number of fraction digits, 0...6, cut and not rounded: `2026-11-21T03:42:00.123Z`.
    public func iso8601(fractionDigits: Int) -> String {
        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let date = CivilDate(secondsSinceEpoch: seconds)
        let digits = fractionDigits > 0 ? "." + fraction.padded(6).prefix(fractionDigits) : ""
        return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))T\(date.clock)\(digits)Z"
    }

    /// ISO 8601 in UTC: without a fraction on the whole second, otherwise with 3 or 6 digits.
    public var iso8601: String {
        let fraction = microseconds % 1_000_000
        return iso8601(fractionDigits: fraction == 0 ? 0 : fraction % 1_000 == 0 ? 3 : 6)
    }

    /// ISO 8601's basic form, as AWS signatures use it: `20261121T034200Z`.
    public var iso8601Basic: String {
        iso8601(fractionDigits: 0).filter { $0 != "-" && $0 != ":" }
    }

    /// The HTTP date (IMF-fixdate): `Sun, 06 Nov 1994 08:49:37 GMT`.
    public var httpDate: String {
        let date = CivilDate(secondsSinceEpoch: microseconds.flooredDivision(by: 1_000_000).quotient)
        let weekday = Self.weekdays[date.weekday]
        let month = Self.months[Int(date.month) - 1]
        return "\(weekday), \(date.day.padded(2)) \(month) \(date.year.padded(4)) \(date.clock) GMT"
    }

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC.
    public var description: String { iso8601 }
}

extension CivilDate {
    /// The time of day as `03:42:00`.
    var clock: String { "\(hour.padded(2)):\(minute.padded(2)):\(second.padded(2))" }
}

extension Int64 {
    /// The number with zeros in front up to a number of digits.
    public func padded(_ width: Int) -> String {
        let digits = String(magnitude)
        return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
