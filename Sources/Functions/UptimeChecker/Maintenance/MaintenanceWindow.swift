import Basics
import JSON

/// A daily or weekly time in which failures are expected: Gatus's `maintenance` and `maintenance-windows`.
///
/// It begins when the clocks of its zone show a time and lasts as long as it says, also across midnight, the end of the
/// week and changes of daylight saving. A start that the clocks skip is taken as if they had not been changed yet; of
/// one that they show twice, the first counts.
struct MaintenanceWindow: Sendable, Hashable {
    /// `start`: minutes after midnight, 0 to 1,439.
    var startMinute: Int
    /// `duration`: more than nothing, at most 24 hours.
    var duration: Duration
    /// `timezone`.
    var zone = TimeZoneRules.utc
    /// `every`: the weekdays on which it begins, 0 for Sunday to 6; every day when empty.
    var weekdays: Set<Int> = []

    /// Whether the window is open; its first moment belongs to it, its end does not.
    func contains(_ time: Timestamp) -> Bool {
        let seconds = Int(time.microseconds.quotientFloored(by: 1_000_000))
        let today = (seconds + zone.offset(at: seconds)).quotientFloored(by: 86_400)
        // 24 hours that begin just before a day of 23 hours end on the day after that one.
        return (today - 2...today).contains { day in
            // 1970 began on a Thursday.
            guard weekdays.isEmpty || weekdays.contains((day + 4) - 7 * (day + 4).quotientFloored(by: 7)) else {
                return false
            }
            let start = zone.time(ofLocal: day * 86_400 + startMinute * 60)
            let opening = Timestamp(microseconds: Int64(start) * 1_000_000)
            return opening <= time && time < opening + duration
        }
    }
}

extension BinaryInteger {
    /// The quotient rounded down.
    fileprivate func quotientFloored(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension MaintenanceWindow {
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Reads `maintenance` or an entry of `maintenance-windows`; nil when it is not enabled or has faults.
    /// - Parameter zones: those looked up before.
    init?(_ section: Section, zones: inout [String: TimeZoneRules]) {
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
                section.findings.fault(line: day.line, path: day.path, "expected one of \(names)")
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

extension UptimeConfiguration {
    /// Whether an endpoint is in one of its own windows, or in the file's.
    func isInMaintenance(_ endpoint: Endpoint, at time: Timestamp) -> Bool {
        (endpoint.maintenance + maintenance).contains { $0.contains(time) }
    }
}
