import Basics
import CloudWatchAlarms

@testable import AlarmEvaluation

extension Timestamp {
    /// Saturday 28 November 2026, 17:00:00 UTC, and so many seconds.
    static func at(_ seconds: Int) -> Timestamp {
        Timestamp(microseconds: (1_795_885_200 + Int64(seconds)) * 1_000_000)
    }
}

/// Periods of a minute from 17:00 on.
func minutes(_ count: Int) -> [MetricSlot] {
    (0..<count).map { MetricSlot(start: .at($0 * 60), end: .at($0 * 60 + 60)) }
}

/// `0 X - 5`: 0 for a value that does not breach 80, 100 for X, nothing for `-`.
func points(_ text: String, samples: Double? = nil) -> [Datapoint?] {
    text.split(separator: " ").map { word in
        word == "-" ? nil : Datapoint(value: word == "X" ? 100 : Double(word) ?? .nan, sampleCount: samples)
    }
}

extension MetricStatistic {
    static func test(_ metric: String = "m", _ statistic: String = "Average", period: Int = 60) -> MetricStatistic {
        MetricStatistic(namespace: "Test", metric: metric, statistic: statistic, period: period)
    }
}

extension Alarm {
    /// Over 80, M of N, with topics `a`, `o` and `i` for the three states.
    static func test(
        _ name: String = "cpu", _ data: AlarmData = .metric(.test()), needed: Int? = nil, of periods: Int = 1,
        missing: MissingData = .missing, window: EvaluationWindow? = nil, warmUp: AlarmWarmUp? = nil
    ) -> Alarm {
        let condition = MetricCondition(
            data: data, threshold: .value(.greater, 80), evaluationPeriods: periods, datapointsToAlarm: needed,
            missingData: missing, warmUp: warmUp, window: window)
        return Alarm(name: name, condition: .metric(condition), actions: .test)
    }

    static func composite(
        _ name: String, _ rule: AlarmRuleExpression, suppressor: CompositeCondition.Suppressor? = nil
    ) -> Alarm {
        Alarm(
            name: name, condition: .composite(CompositeCondition(rule: rule, suppressor: suppressor)), actions: .test)
    }
}

extension AlarmActions {
    static let test = AlarmActions(alarm: ["a"], ok: ["o"], insufficientData: ["i"])
}

extension AlarmLocation {
    static let test = AlarmLocation(
        account: "123456789012", region: "eu-central-1", regionName: "Europe (Frankfurt)")
}

/// An engine with series of one value a minute from 17:00 on, run minute by minute.
struct Run {
    var engine: AlarmEngine
    var samples = MetricSamples()
    var queries: [String: [[String: String]: [Double?]]] = [:]
    /// Every change so far.
    var changes: [AlarmStateChange] = []

    init(_ alarms: [Alarm], mutes: [MuteRule] = []) throws {
        engine = try AlarmEngine(alarms, muteRules: mutes, location: .test, createdAt: .at(0))
    }

    /// Adds a series in compact notation.
    mutating func add(_ metric: String, _ values: String) throws {
        let steps = try SeriesNotation.parse(values)
        samples.add(
            steps.enumerated().map { .init(time: .at($0.offset * 60), values: $0.element) },
            to: .init(namespace: "Test", metric: metric))
    }

    private var data: MetricData {
        let (samples, queries) = (samples, queries)
        return MetricData { statistic, slot throws(AlarmEvaluationError) in
            try samples.datapoint(statistic, in: slot)
        } queryResult: { query, slot throws(AlarmEvaluationError) in
            let minute = Int((slot.start - .at(0)) / .seconds(60))
            return (queries[query] ?? [:]).compactMapValues { values in
                values.indices.contains(minute) ? values[minute] : nil
            }
        }
    }

    /// Evaluates at the end of each of these minutes; the changes as `2 cpu OK>ALARM [a]`.
    mutating func minutes(_ range: ClosedRange<Int>) -> [String] {
        var lines: [String] = []
        for minute in range {
            let found = engine.evaluate(at: .at(minute * 60), data: data)
            changes += found
            lines += found.map { "\(minute) \($0.line)" }
        }
        return lines
    }
}

extension AlarmStateChange {
    /// `cpu OK>ALARM [a]`; with what holds the actions, the series, and `late` after a hold.
    var line: String {
        let series = contributor.map { "{\($0.attributes.values.sorted().joined(separator: ","))}" } ?? ""
        let held: String =
            switch hold {
            case .muted: " muted"
            case .suppressor: " suppressed"
            case .waitPeriod: " waits"
            case .extensionPeriod: " extended"
            case nil: ""
            }
        let states = "\(previous.state.short)>\(current.state.short)"
        return "\(alarm.name)\(series) \(states) [\(actions.joined())]\(held)\(isAfterHold ? " late" : "")"
    }
}

extension AlarmState {
    var short: String { self == .insufficientData ? "?" : rawValue }
}
