internal import Basics

/// A time zone of the IANA database: its offsets from UTC, from 2026 on.
///
/// The table is part of the program, because images for Lambda have no zoneinfo files. The rules have the form of
/// POSIX's `TZ` variable with the extensions of RFC 9636.
public struct TimeZoneRules: Sendable, Hashable {
    /// A day of the year and a time of day at which the offset changes: `M3.5.0/2`.
    struct Change: Sendable, Hashable {
        /// 1 to 12.
        var month: Int
        /// Which such weekday of the month: 1 to 4, or 5 for the last one.
        var week: Int
        /// 0 for Sunday to 6.
        var weekday: Int
        /// Seconds after midnight; may be negative or above a day (-167 to 167 hours).
        var time: Int
    }

    /// Daylight saving time: its offset, and when it starts and ends.
    struct Daylight: Sendable, Hashable {
        /// Seconds east of UTC.
        var offset: Int
        /// In standard time.
        var start: Change
        /// In daylight saving time.
        var end: Change
    }

    /// A change of the offset that the yearly rule does not describe, such as Morocco's around Ramadan.
    struct Exception: Sendable, Hashable {
        /// Seconds since 1970 UTC.
        var time: Int
        /// Seconds east of UTC from then on.
        var offset: Int
    }

    /// The name that was looked up.
    public internal(set) var name: String
    /// Seconds east of UTC.
    var standardOffset: Int
    /// nil in zones without daylight saving time.
    var daylight: Daylight?
    /// In order of time.
    ///
    /// After the last one, the yearly rule applies.
    var exceptions: [Exception] = []

    /// UTC.
    public static let utc = TimeZoneRules(name: "UTC", standardOffset: 0)

    /// The offset at a time, in seconds east of UTC.
    /// - Parameter time: seconds since 1970 UTC.
    public func offset(at time: Int) -> Int {
        if let last = exceptions.last, time < last.time {
            return (exceptions.last { $0.time <= time } ?? exceptions[0]).offset
        }
        guard let daylight else { return standardOffset }
        let year = CivilDate(secondsSinceEpoch: Int64(time + standardOffset)).year
        let start = daylight.start.localTime(in: year) - standardOffset
        let end = daylight.end.localTime(in: year) - daylight.offset
        // In the southern hemisphere daylight saving time starts in one year and ends in the next.
        let isDaylight = start < end ? start <= time && time < end : !(end <= time && time < start)
        return isDaylight ? daylight.offset : standardOffset
    }

    /// Seconds since 1970 UTC for a local time, given as seconds since 1970 without an offset.
    ///
    /// Of a local time that occurs twice, the first. A local time that is skipped uses the offset before the change.
    public func time(ofLocal local: Int) -> Int {
        let (before, after) = (offset(at: local - 86_400), offset(at: local + 86_400))
        for offset in [before, after] where self.offset(at: local - offset) == offset { return local - offset }
        return local - before
    }
}

extension TimeZoneRules.Change {
    /// When the change happens in a year, as a local time in seconds since 1970.
    fileprivate func localTime(in year: Int64) -> Int {
        guard let first = CivilDate(year: year, month: Int64(month), day: 1) else { return 0 }  // The month is checked.
        var day = (weekday - first.weekday + 7) % 7 + 7 * (week - 1)
        if day >= CivilDate.days(month: first.month, year: year) { day -= 7 }
        return Int(first.secondsSinceEpoch) + day * 86_400 + time
    }
}

extension TimeZoneRules {
    /// The zone with an IANA name (links such as `Turkey` included); case matters.
    ///
    /// nil when there is none.
    public init?(named name: String) {
        let lines = Self.table.withUTF8Buffer { Array($0) }.split(separator: UInt8(ascii: "\n"))
        for line in lines {
            let parts = line.split(separator: UInt8(ascii: "\t"))
            guard parts.count == 2,
                parts[1].split(separator: UInt8(ascii: " ")).contains(where: { $0.elementsEqual(name.utf8) })
            else { continue }
            self.init(String(decoding: parts[0], as: UTF8.self), name: name)
            return
        }
        return nil
    }

    /// Parses one rule of the table with its exceptions: `<+00>0 29453760=60 29518680=0`.
    init?(_ text: String, name: String) {
        let parts = text.split(separator: " ")
        var reader = RuleReader(rest: (parts.first ?? "").utf8[...])
        guard let rule = reader.rule(name: name) else { return nil }
        self = rule
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=")
            guard sides.count == 2, let minute = Int(sides[0]), let offset = Int(sides[1]) else { return nil }
            exceptions.append(Exception(time: minute * 60, offset: offset * 60))
        }
    }
}

/// Parses the form of POSIX's `TZ` variable: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct RuleReader {
    var rest: Substring.UTF8View

    mutating func rule(name: String) -> TimeZoneRules? {
        guard skipAbbreviation(), let west = time() else { return nil }
        var rules = TimeZoneRules(name: name, standardOffset: -west)
        if rest.isEmpty { return rules }
        guard skipAbbreviation() else { return nil }
        // Without an offset of its own, daylight saving time is one hour ahead.
        let offset = rest.first == UInt8(ascii: ",") ? -west + 3_600 : -(time() ?? 0)
        guard let start = change(), let end = change(), rest.isEmpty else { return nil }
        rules.daylight = TimeZoneRules.Daylight(offset: offset, start: start, end: end)
        return rules
    }

    private mutating func skipAbbreviation() -> Bool {
        let isQuoted = take(UInt8(ascii: "<"))
        let name = rest.prefix { isQuoted ? $0 != UInt8(ascii: ">") : ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        rest.removeFirst(name.count)
        return !name.isEmpty && (!isQuoted || take(UInt8(ascii: ">")))
    }

    /// Such as `,M3.5.0/-1:30`.
    private mutating func change() -> TimeZoneRules.Change? {
        guard take(UInt8(ascii: ",")), take(UInt8(ascii: "M")), let month = number(), take(UInt8(ascii: ".")),
            let week = number(), take(UInt8(ascii: ".")), let weekday = number(), 1...12 ~= month, 1...5 ~= week,
            0...6 ~= weekday
        else { return nil }
        let seconds = take(UInt8(ascii: "/")) ? time() : 7_200
        return seconds.map { TimeZoneRules.Change(month: month, week: week, weekday: weekday, time: $0) }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private mutating func time() -> Int? {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        guard var seconds = number().map({ $0 * 3_600 }) else { return nil }
        for unit in [60, 1] where take(UInt8(ascii: ":")) {
            guard let number = number() else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        rest.removeFirst(digits.count)
        return Int(Substring(digits))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }
}
