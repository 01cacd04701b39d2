import Basics
import Experiments
import JSON

/// The times of chaosaws's arguments: `now`, `3 minutes` ago, seconds since 1970, and time stamps.
enum RelativeTime {
    /// Months have 30 days and years 365, as in chaosaws.
    private static let units: [(name: String, seconds: Double)] = [
        ("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400), ("week", 604_800), ("month", 2_592_000),
        ("year", 31_536_000),
    ]

    /// The moment that a value means.
    ///
    /// - Parameter end: where a text such as `3 minutes` is counted back from.
    /// - Throws: for a unit that does not exist, of which chaosaws takes five minutes each.
    static func moment(_ value: JSONValue, before end: Timestamp) throws(ExperimentError) -> Timestamp {
        if let seconds = value.doubleValue, value.stringValue == nil {
            guard seconds.isFinite, seconds.magnitude < 1e11 else { throw fault(value) }
            return Timestamp(microseconds: Int64((seconds * 1e6).rounded()))
        }
        guard let text = value.stringValue else { throw fault(value) }
        if text == "now" { return end }
        if let time = Timestamp(iso8601: text) { return time }
        let parts = text.split(separator: " ")
        guard parts.count == 2, let quantity = Double(parts[0]), quantity >= 0,
            let unit = units.first(where: { parts[1] == $0.name || parts[1] == $0.name + "s" }),
            quantity * unit.seconds < 1e10
        else { throw fault(value) }
        return end - .microseconds(Int64((quantity * unit.seconds * 1e6).rounded()))
    }

    private static func fault(_ value: JSONValue) -> ExperimentError {
        let names = units.map { $0.name + "s" }.joined(separator: ", ")
        return .failedActivity(
            "\(value.pythonText) is no time: give now, a count of \(names) as in \"3 minutes\", seconds since 1970, "
                + "or a time stamp")
    }
}
