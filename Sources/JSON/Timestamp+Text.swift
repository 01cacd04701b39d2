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
    func padded(_ width: Int) -> String {
        let digits = String(magnitude)
        return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
