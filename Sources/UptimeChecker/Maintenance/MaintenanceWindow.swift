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
