import Basics
import CloudWatchAlarms

extension MuteRule {
    /// Holds the messages of alarms back for a time: those of planned work.
    init(holding alarms: [String], from start: Timestamp, until end: Timestamp) {
        // A rule begins at a full minute: this one one to two minutes before the start, which have passed. Not the
        // newest full minute: alarms are evaluated as of some seconds ago, which may be before it.
        let minute = Timestamp(microseconds: (start.microseconds / 60_000_000 - 1) * 60_000_000)
        self.init(
            name: "planned work on \(alarms.first ?? "")", schedule: "at(\(minute.iso8601.prefix(16)))",
            duration: max(.seconds(60), end - minute), alarms: alarms)
    }
}
