public import Basics
public import CloudWatchAlarms

/// Alarms, recorded series, and the states that are expected of them: a unit test of alarms, as promtool has them.
public struct AlarmTest: Sendable {
    /// What is tested.
    public var alarms: [Alarm]
    /// When actions are held back.
    public var muteRules: [MuteRule]
    /// The recorded series of metrics.
    public var samples = MetricSamples()
    /// The results of queries, PromQL or Metrics Insights: by query and labels the values by time, in order of time.
    public var queryResults: [String: [MetricData.SeriesLabels: [TimedValue]]] = [:]
    /// The time of the first step of every series; alarms are created at it.
    public var start: Timestamp
    /// What is expected, in the order of the results.
    public var expectations: [Expectation] = []

    /// A value of a query's result.
    public struct TimedValue: Sendable, Hashable {
        /// When the query gave it.
        public var time: Timestamp
        /// The value.
        public var value: Double

        /// A value.
        public init(time: Timestamp, value: Double) { (self.time, self.value) = (time, value) }
    }

    /// What an alarm should be like at a time.
    public struct Expectation: Sendable, Hashable {
        /// The name of the alarm.
        public var alarm: String
        /// After the start.
        public var at: Duration
        /// The state must have been so since this time; nil for only at ``at``.
        public var from: Duration?
        /// The state that it should have.
        public var state: AlarmState
        /// A glob that the reason must match; nil for any.
        public var reason: String?
        /// How many notifications it has sent up to ``at``, those of its series included; nil for any number.
        public var notifications: Int?
        /// How many of its series are in ALARM; nil for any number.
        public var contributors: Int?
        /// Where the expectation stands.
        public var line: Int?

        /// An expectation.
        public init(
            alarm: String, at: Duration, from: Duration? = nil, state: AlarmState, reason: String? = nil,
            notifications: Int? = nil, contributors: Int? = nil, line: Int? = nil
        ) {
            (self.alarm, self.at, self.from, self.state) = (alarm, at, from, state)
            (self.reason, self.notifications, self.contributors) = (reason, notifications, contributors)
            self.line = line
        }
    }

    /// What became of an expectation.
    public struct Result: Sendable {
        /// What was expected.
        public var expectation: Expectation
        /// The alarm's status at the time.
        public var status: AlarmStatus
        /// Why it is not met, each reason a phrase; empty when it is.
        public var failures: [String]
    }

    /// The outcome of a run.
    public struct Report: Sendable {
        /// In the order of the expectations.
        public var results: [Result] = []
        /// Every change of state and late notification, in order.
        public var changes: [AlarmStateChange] = []
        /// Why alarms were not evaluated, by name.
        public var notEvaluated: [String: String] = [:]
        /// Whether every expectation is met.
        public var isPassed: Bool { results.allSatisfy(\.failures.isEmpty) }
    }

    /// A test without series and expectations.
    public init(alarms: [Alarm], muteRules: [MuteRule] = [], start: Timestamp) {
        (self.alarms, self.muteRules, self.start) = (alarms, muteRules, start)
    }

    /// Most evaluations of all alarms in one run.
    private static let maximumEvaluations = 500_000
}

extension AlarmTest {
    /// Evaluates the alarms at every interval up to the last expectation, or for a given time if that is longer.
    /// - Throws: ``AlarmEvaluationError`` for an expectation of an unknown alarm, a mute rule that cannot be read, or a
    ///   test that is too long.
    public func run(
        for length: Duration = .zero, in location: AlarmLocation = .example
    ) throws(AlarmEvaluationError) -> Report {
        try checkNames()
        var engine = try AlarmEngine(alarms, muteRules: muteRules, location: location, createdAt: start)
        let (data, interval) = (data, engine.interval)
        let end = max(length, expectations.map(\.at).max() ?? .zero)
        guard end / interval <= Double(Self.maximumEvaluations) else {
            throw AlarmEvaluationError(
                .badSyntax,
                "the test lasts \(end.text) and its alarms are evaluated every \(interval.text): that is more than "
                    + "\(Self.maximumEvaluations) evaluations")
        }
        var report = Report()
        var pending = expectations.indices.sorted { expectations[$0].at < expectations[$1].at }[...]
        var results: [Int: Result] = [:]
        var history = History()
        var time = Duration.zero
        while time <= end {
            let next = time + interval
            let changes = engine.evaluate(at: start + time, data: data)
            report.changes += changes
            history.note(changes)
            // An expectation between two evaluations is about the one before it.
            while let index = pending.first, expectations[index].at < next {
                results[index] = result(of: expectations[index], engine, history)
                pending.removeFirst()
            }
            time = next
        }
        report.results = expectations.indices.compactMap { results[$0] }
        report.notEvaluated = engine.notEvaluated
        return report
    }

    private func checkNames() throws(AlarmEvaluationError) {
        let names = Set(alarms.map(\.name))
        for expectation in expectations where !names.contains(expectation.alarm) {
            let near = names.sorted().nearest(to: expectation.alarm).map { ", did you mean \"\($0)\"?" } ?? ""
            let place = expectation.line.map { "line \($0): " } ?? ""
            throw AlarmEvaluationError(.unknownName, "\(place)there is no alarm \"\(expectation.alarm)\"\(near)")
        }
    }

    private func result(of expectation: Expectation, _ engine: AlarmEngine, _ history: History) -> Result {
        let unknown = AlarmStatus(state: .insufficientData, reason: .initial, since: start)
        let status = engine.status(of: expectation.alarm) ?? unknown
        var failures: [String] = []
        if let obstacle = engine.notEvaluated[expectation.alarm] { failures.append("not evaluated: \(obstacle)") }
        if status.state != expectation.state {
            failures.append(
                "expected \(expectation.state.rawValue), was \(status.state.rawValue) since "
                    + "\((status.since - start).compactText): \(status.reason.text)")
        } else if let from = expectation.from, status.since > start + from {
            failures.append(
                "expected \(expectation.state.rawValue) from \(from.compactText) on, was so only from "
                    + "\((status.since - start).compactText)")
        }
        if let reason = expectation.reason, !Glob(reason).matches(status.reason.text) {
            failures.append("expected the reason \"\(reason)\", was \"\(status.reason.text)\"")
        }
        let sent = history.notifications[expectation.alarm] ?? 0
        if let count = expectation.notifications, count != sent {
            failures.append("expected \(counted(count, "notification")) so far, were \(sent)")
        }
        let contributors = engine.contributors(of: expectation.alarm).count
        if let count = expectation.contributors, count != contributors {
            failures.append("expected \(count) series in ALARM, were \(contributors)")
        }
        return Result(expectation: expectation, status: status, failures: failures)
    }

    private var data: MetricData {
        let (samples, results) = (samples, queryResults)
        return MetricData { statistic, slot throws(AlarmEvaluationError) in
            try samples.datapoint(statistic, in: slot)
        } queryResult: { query, slot throws(AlarmEvaluationError) in
            guard let series = results[query] else {
                throw AlarmEvaluationError(.notEvaluated, "the test has no series for the query: \(query)")
            }
            // The newest value in the period.
            return series.compactMapValues { values in
                values.last { slot.start <= $0.time && $0.time < slot.end }?.value
            }
        }
    }

    /// What has been sent so far.
    private struct History {
        /// By the alarm's name.
        var notifications: [String: Int] = [:]

        mutating func note(_ changes: [AlarmStateChange]) {
            for change in changes where !change.actions.isEmpty { notifications[change.alarm.name, default: 0] += 1 }
        }
    }
}

extension AlarmLocation {
    /// A made-up account, for tests.
    public static let example = AlarmLocation(
        account: "123456789012", region: "us-east-1", regionName: "US East (N. Virginia)")
}

extension Duration {
    /// `12m`, `1h5m`, `90s`: how test files write times.
    public var compactText: String { self == .zero ? "0s" : text.filter { $0 != " " } }
}
