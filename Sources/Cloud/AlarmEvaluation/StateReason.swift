import Basics
import CloudWatchAlarms
import JSON

/// Why an alarm is in its state, in the words and the JSON of CloudWatch.
public struct StateReason: Sendable, Hashable {
    /// `StateReason`, a sentence.
    public var text: String
    /// `StateReasonData`, a JSON object as text; nil where CloudWatch has none.
    public var data: String?

    /// A reason.
    public init(text: String, data: String? = nil) { (self.text, self.data) = (text, data) }

    /// That of a new alarm.
    public static let initial = StateReason(text: "Unchecked: Initial alarm creation")
}

extension StateReason {
    /// The reason of an evaluation that has a state.
    init(
        _ evaluation: DatapointEvaluation, _ state: AlarmState, of condition: MetricCondition,
        _ comparison: AlarmThreshold.Comparison, _ threshold: Double, treatment: MissingData, now: Timestamp
    ) {
        text =
            if state == .insufficientData {
                Self.unknown(condition.evaluationPeriods)
            } else if evaluation.filled > 0 {
                Self.filled(evaluation, condition, treatment)
            } else {
                Self.crossed(evaluation, state, condition, comparison, threshold)
            }
        data = Self.data(evaluation, condition, threshold, now)
    }

    private static func unknown(_ count: Int) -> String {
        "Insufficient Data: \(counted(count, "datapoint")) \(count == 1 ? "was" : "were") unknown."
    }

    /// `… 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].`.
    private static func filled(
        _ evaluation: DatapointEvaluation, _ condition: MetricCondition, _ treatment: MissingData
    ) -> String {
        let received = evaluation.datapoints.count
        let what = received == 0 ? "no datapoints were" : "\(counted(received, "datapoint")) \(verb(received))"
        let missing = "\(counted(evaluation.filled, "missing datapoint")) \(verb(evaluation.filled))"
        let periods = counted(condition.evaluationPeriods, "period")
        let treated = treatment == .breaching ? "Breaching" : "NonBreaching"
        return "Threshold Crossed: \(what) received for \(periods) and \(missing) treated as [\(treated)]."
    }

    /// `… 2 out of the last 3 datapoints [91.0 (28/11/26 17:00:00), …] were greater than …`.
    private static func crossed(
        _ evaluation: DatapointEvaluation, _ state: AlarmState, _ condition: MetricCondition,
        _ comparison: AlarmThreshold.Comparison, _ threshold: Double
    ) -> String {
        let isAlarm = state == .alarm
        let matching = evaluation.datapoints.filter { comparison.isBreached($0.point.value, threshold) == isAlarm }
        let values = matching.reversed().map { "\($0.point.value) (\($0.start.dayFirst))" }.joined(separator: ", ")
        let (needed, change) =
            isAlarm
            ? (condition.datapointsToAlarm, "OK -> ALARM")
            : (condition.evaluationPeriods - condition.datapointsToAlarm + 1, "ALARM -> OK")
        let not = isAlarm ? "" : "not "
        return
            "Threshold Crossed: \(matching.count) out of the last \(evaluation.datapoints.count) datapoints "
            + "[\(values)] \(verb(matching.count)) \(not)\(comparison.words) the threshold (\(threshold)) "
            + "(minimum \(counted(needed, "datapoint")) for \(change) transition)."
    }

    private static func verb(_ count: Int) -> String { count == 1 ? "was" : "were" }

    private static func data(
        _ evaluation: DatapointEvaluation, _ condition: MetricCondition, _ threshold: Double, _ now: Timestamp
    ) -> String {
        var data: JSONObject = ["version": "1.0", "queryDate": .string(now.withNumericZone)]
        if let first = evaluation.datapoints.first { data["startDate"] = .string(first.start.withNumericZone) }
        if case .metric(let statistic) = condition.data {
            if let unit = statistic.unit { data["unit"] = .string(unit) }
            data["statistic"] = .string(statistic.statistic)
        }
        data["period"] = JSONValue(condition.period)
        data["recentDatapoints"] = .array(evaluation.datapoints.map { .double($0.point.value) })
        data["threshold"] = .double(threshold)
        let present = evaluation.datapoints.map { dated -> (Timestamp, JSONObject) in
            var entry: JSONObject = ["timestamp": .string(dated.start.withNumericZone)]
            if let count = dated.point.sampleCount { entry["sampleCount"] = .double(count) }
            entry["value"] = .double(dated.point.value)
            return (dated.start, entry)
        }
        let missing = evaluation.missing.map { ($0, ["timestamp": .string($0.withNumericZone)] as JSONObject) }
        let evaluated = (present + missing).sorted { $0.0 > $1.0 }
        data["evaluatedDatapoints"] = .array(evaluated.map { .object($0.1) })
        return JSONValue.object(data).description
    }
}

extension AlarmThreshold.Comparison {
    /// `greater than`, as reasons say it.
    var words: String {
        switch self {
        case .greater: "greater than"
        case .greaterOrEqual: "greater than or equal to"
        case .less: "less than"
        case .lessOrEqual: "less than or equal to"
        }
    }
}

extension Timestamp {
    /// `28/11/26 17:00:00`, UTC.
    var dayFirst: String {
        let text = iso8601(fractionDigits: 0).utf8
        func part(_ start: Int, _ count: Int) -> String {
            String(decoding: text.dropFirst(start).prefix(count), as: UTF8.self)
        }
        return "\(part(8, 2))/\(part(5, 2))/\(part(2, 2)) \(part(11, 8))"
    }

    /// `2026-11-28T17:00:00.000+0000`.
    var withNumericZone: String { iso8601(fractionDigits: 3).dropLast() + "+0000" }

    /// `Saturday 28 November, 2026 17:00:00 UTC`, as a composite's reason has it.
    var inWords: String {
        let date = CivilDate(secondsSinceEpoch: microseconds.flooredDivision(by: 1_000_000).quotient)
        let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let clock = iso8601(fractionDigits: 0).utf8.dropFirst(11).prefix(8)
        return
            "\(days[date.weekday]) \(date.day < 10 ? "0" : "")\(date.day) \(months[Int(date.month) - 1]), \(date.year) "
            + "\(String(decoding: clock, as: UTF8.self)) UTC"
    }
}
