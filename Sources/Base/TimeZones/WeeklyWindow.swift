public import Basics
public import Configuration

/// A time of the day that comes again, daily or on some days of the week: a maintenance, or the hours of an office.
///
/// A window starts at a local time of its zone and lasts for its duration, also across midnight, the end of the week
/// and changes of daylight saving time. A start in the hour that the clocks skip uses the offset from before the
/// change. A start in the hour that occurs twice means the first one.
public struct WeeklyWindow: Sendable, Hashable {
    /// `start`: minutes after midnight, 0 to 1,439.
    public var startMinute: Int
    /// `duration`: more than 0, at most 24 hours.
    public var duration: Duration
    /// `timezone`.
    public var zone: TimeZoneRules
    /// `every`: the weekdays on which the window starts, 0 for Sunday to 6; every day when empty.
    public var weekdays: Set<Int>

    /// A window of these parts.
    public init(
        startMinute: Int, duration: Duration, zone: TimeZoneRules = .utc, weekdays: Set<Int> = []
    ) {
        self.startMinute = startMinute
        self.duration = duration
        self.zone = zone
        self.weekdays = weekdays
    }

    /// Whether a time is within the window; the start belongs to it, the end does not.
    public func contains(_ time: Timestamp) -> Bool {
        let seconds = Int(time.microseconds.flooredDivision(by: 1_000_000).quotient)
        let today = CivilDate(secondsSinceEpoch: Int64(seconds + zone.offset(at: seconds))).daysSinceEpoch
        // A window of 24 hours that starts on the eve of a 23-hour day ends two days later.
        return (today - 2...today).contains { opening(onDay: $0)?.contains(time) ?? false }
    }

    /// The windows that overlap a time, the earliest first.
    public func openings(in range: Range<Timestamp>) -> [Range<Timestamp>] {
        guard !range.isEmpty else { return [] }
        let days = [range.lowerBound, range.upperBound].map {
            $0.microseconds.flooredDivision(by: 86_400_000_000).quotient
        }
        return (days[0] - 3...days[1] + 1).compactMap { opening(onDay: $0) }.filter { $0.overlaps(range) }
    }

    /// The window that begins on a local day, counted from 1970; nil on other weekdays.
    private func opening(onDay day: Int64) -> Range<Timestamp>? {
        let midnight = day * 86_400
        guard weekdays.isEmpty || weekdays.contains(CivilDate(secondsSinceEpoch: midnight).weekday) else { return nil }
        let start = zone.time(ofLocal: Int(midnight) + startMinute * 60)
        let opening = Timestamp(microseconds: Int64(start) * 1_000_000)
        return opening..<opening + duration
    }
}

extension WeeklyWindow {
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Reads `{start: "23:00", duration: 4h, timezone?, every?: [Monday …], enabled?}`, the form of Gatus's
    /// `maintenance`; nil when it is not enabled or has faults.
    /// - Parameter zones: those looked up before.
    public init?(_ section: ConfigurationSection, zones: inout [String: TimeZoneRules]) {
        let isEnabled = section.flag("enabled") ?? true
        let start = section.text("start") ?? ""
        let duration = section.duration("duration") ?? .zero
        let name = section.text("timezone") ?? ""
        let days = section.texts("every")
        section.close()
        guard isEnabled else { return nil }

        weekdays = []
        for day in days {
            if let weekday = Self.days.firstIndex(of: day.text) {
                weekdays.insert(weekday)
            } else {
                let names = Self.days.joined(separator: ", ")
                section.fault(at: day, expected: "one of \(names)")
            }
        }
        startMinute = Self.minute(start) ?? -1
        if startMinute < 0 {
            section.fault("start", "expected a time from 00:00 to 23:59, in quotes, such as \"23:00\"")
        }
        self.duration = duration
        let isLong = duration > .zero && duration <= .seconds(86_400)
        if !isLong { section.fault("duration", "expected a duration of more than 0 and at most 24h, such as 30m") }
        let zone = name.isEmpty ? .utc : zones[name] ?? TimeZoneRules(named: name)
        zones[name] = zone
        self.zone = zone ?? .utc
        if zone == nil {
            section.fault("timezone", "expected an IANA name, such as Europe/Berlin or America/Sao_Paulo")
        }
        guard startMinute >= 0, isLong, zone != nil else { return nil }
    }

    /// `23:05` as minutes after midnight.
    private static func minute(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hours = Int(text.prefix(2)),
            let minutes = Int(text.suffix(2)), 0...23 ~= hours, 0...59 ~= minutes,
            bytes.allSatisfy({ 0x30...0x3A ~= $0 })
        else { return nil }
        return hours * 60 + minutes
    }
}
