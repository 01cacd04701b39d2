import Glibc

/// A time zone of the IANA database: how far its clocks are from UTC, from 2026 on.
///
/// It needs no zoneinfo in the image: the table comes with the code. Rules are those of POSIX's `TZ` as RFC 9636 extends
/// it.
struct TimeZoneRules: Sendable, Hashable {
    /// A day of the year and a time, at which clocks are changed: `M3.5.0/2`.
    struct Change: Sendable, Hashable {
        /// 1 to 12.
        var month: Int
        /// 1 to 4, or 5 for the last one.
        var week: Int
        /// 0 for Sunday to 6.
        var weekday: Int
        /// Seconds after midnight, from -167 hours to 167 hours.
        var time: Int
    }

    /// The part of the year in which clocks differ.
    struct Daylight: Sendable, Hashable {
        /// Seconds east of UTC.
        var offset: Int
        /// By standard time.
        var start: Change
        /// By daylight saving time.
        var end: Change
    }

    /// A change that the rules do not describe.
    struct Exception: Sendable, Hashable {
        /// Seconds since 1970 UTC.
        var time: Int
        /// Seconds east of UTC from then on.
        var offset: Int
    }

    /// The name that was looked up.
    var name: String
    /// Seconds east of UTC.
    var standardOffset: Int
    /// nil where clocks are never changed.
    var daylight: Daylight?
    /// In order; from the last one on, the rules hold.
    var exceptions: [Exception] = []

    static let utc = TimeZoneRules(name: "UTC", standardOffset: 0)

    /// Seconds east of UTC at a moment, given in seconds since 1970 UTC.
    func offset(at time: Int) -> Int {
        if let last = exceptions.last, time < last.time {
            return (exceptions.last { $0.time <= time } ?? exceptions[0]).offset
        }
        guard let daylight else { return standardOffset }
        let year = CivilYear(containing: time + standardOffset)
        let start = year.time(of: daylight.start) - standardOffset
        let end = year.time(of: daylight.end) - daylight.offset
        // On the southern half it begins in one year and ends in the next.
        let isDaylight = start < end ? start <= time && time < end : !(end <= time && time < start)
        return isDaylight ? daylight.offset : standardOffset
    }

    /// The moment at which the zone's clocks show a time, given as seconds since 1970 on those clocks.
    ///
    /// The first of the two when they are set back over it; when they skip it, as if they had not yet been changed.
    func time(ofLocal local: Int) -> Int {
        let (before, after) = (offset(at: local - 86_400), offset(at: local + 86_400))
        for offset in [before, after] where self.offset(at: local - offset) == offset { return local - offset }
        return local - before
    }
}

/// A year of the Gregorian calendar, to find days in by month and weekday.
private struct CivilYear {
    private var date = tm()

    /// The year of a moment in seconds since 1970.
    init(containing time: Int) {
        var time = time_t(time)
        gmtime_r(&time, &date)
    }

    /// The moment of a change in this year, in seconds since 1970 on the clocks that are changed.
    func time(of change: TimeZoneRules.Change) -> Int {
        let first = start(ofMonth: change.month)
        // 1970 began on a Thursday.
        let firstWeekday = (first / 86_400 + 4) % 7
        var day = (change.weekday - firstWeekday + 7) % 7 + 7 * (change.week - 1)
        let days = (start(ofMonth: change.month + 1) - first) / 86_400
        if day >= days { day -= 7 }
        return first + day * 86_400 + change.time
    }

    private func start(ofMonth month: Int) -> Int {
        var first = tm()
        first.tm_year = date.tm_year
        first.tm_mon = Int32(month - 1)
        first.tm_mday = 1
        return timegm(&first)
    }
}

extension TimeZoneRules {
    /// Looks a zone up by its IANA name, links included, in exactly this spelling; nil when there is none.
    init?(named name: String) {
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

    /// Reads a rule and its exceptions, as the table has them.
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

/// Reads POSIX's `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct RuleReader {
    var rest: Substring.UTF8View

    mutating func rule(name: String) -> TimeZoneRules? {
        guard skipAbbreviation(), let west = time() else { return nil }
        var rules = TimeZoneRules(name: name, standardOffset: -west)
        if rest.isEmpty { return rules }
        guard skipAbbreviation() else { return nil }
        // Without a number, daylight saving time is an hour ahead.
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
