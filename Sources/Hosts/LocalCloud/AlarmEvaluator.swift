import AWS
public import AlarmEvaluation
import Basics
public import CloudWatchAlarms
import JSON

/// Evaluates the alarms of the local CloudWatch, which only stores them, as the real one does by itself.
///
/// It reads the alarms by `DescribeAlarms` and their data by `GetMetricData`, writes changes by `SetAlarmState`, and
/// publishes CloudWatch's own message to the topics among the alarm's actions.
public struct AlarmEvaluator: Sendable {
    let cloudWatch: AWSClient
    let sns: AWSClient
    let location: AlarmLocation
    /// The topic that all messages go to, whatever topics the alarms name: those are the real AWS's.
    ///
    /// Nil for the alarms' own topics.
    var topicARN: String?

    /// How long after the end of a period its data are read: results are still on their way then.
    private static let delay = Duration.seconds(3)

    /// Evaluates again and again until the task is cancelled.
    /// - Parameters:
    ///   - interval: the time from one round to the next.
    ///   - onChange: called with a line for people about each change of state.
    ///   - onFailure: called with a line for people about each call that failed; it is tried again in the next round.
    ///   - muteRules: asked before each round for the rules that hold messages back.
    ///   - onRound: called after each round.
    public func run(
        every interval: Duration, onChange: @Sendable (String) -> Void, onFailure: @Sendable (String) -> Void,
        muteRules: @Sendable ([Alarm]) -> [MuteRule] = { _ in [] }, onRound: @Sendable (AlarmRound) -> Void = { _ in }
    ) async {
        var session = AlarmSession(location: location)
        while !Task.isCancelled {
            do {
                try session.engine.replaceMuteRules(muteRules(session.engine.alarms))
                let changes = try await evaluate(&session, at: .now() - Self.delay)
                for change in changes where change.contributor == nil && !change.isAfterHold { onChange(change.line) }
                onRound(AlarmRound(session.engine, changes))
                for notice in session.newNotices() { onFailure("alarms: \(notice)") }
            } catch {
                if Task.isCancelled { return }
                onFailure("alarms: \(error)")
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// One round: the changes since the last one, which have been written and sent or are kept for the next round.
    func evaluate(_ session: inout AlarmSession, at time: Timestamp) async throws -> [AlarmStateChange] {
        let (alarms, unreadable) = try await describeAlarms()
        session.take(alarms, unreadable: unreadable, at: time)
        let changes = session.engine.evaluate(at: time, data: try await data(for: &session, at: time))
        session.outbox += changes.map { AlarmSession.Delivery(change: $0) }
        try await deliver(&session)
        return changes
    }

    /// Writes and sends in order; what fails is tried again in the next rounds, with all that follows it, and dropped
    /// after three attempts, so that a topic or alarm that is gone does not hold back the rest.
    private func deliver(_ session: inout AlarmSession) async throws {
        while var delivery = session.outbox.first {
            do {
                try await perform(&delivery)
                session.outbox.removeFirst()
            } catch {
                delivery.attempts += 1
                if delivery.attempts < 3 { session.outbox[0] = delivery } else { session.outbox.removeFirst() }
                throw error
            }
        }
    }

    private func perform(_ delivery: inout AlarmSession.Delivery) async throws {
        let change = delivery.change
        if !delivery.isWritten, change.contributor == nil, !change.isAfterHold { try await setState(change) }
        delivery.isWritten = true
        while let action = delivery.actions.first {
            if action.arnFields?[2] == "sns" || topicARN != nil {
                let subject = String(change.subject(in: location).prefix(100))
                let message = JSONValue.object(change.notification(in: location)).description
                _ = try await sns.call(
                    "Publish",
                    ["TopicArn": .string(topicARN ?? action), "Subject": .string(subject), "Message": .string(message)])
            }
            // They would all be the same message at the one topic.
            if topicARN != nil { delivery.actions = [] } else { delivery.actions.removeFirst() }
        }
    }

    private func setState(_ change: AlarmStateChange) async throws {
        var input: JSONObject = [
            "AlarmName": .string(change.alarm.name), "StateValue": .string(change.current.state.rawValue),
            "StateReason": .string(change.current.reason.text),
        ]
        if let data = change.current.reason.data { input["StateReasonData"] = .string(data) }
        _ = try await cloudWatch.call("SetAlarmState", .object(input))
    }

    /// The alarms that exist, and why some of them cannot be read.
    private func describeAlarms() async throws -> (alarms: [Alarm], unreadable: [String]) {
        var (alarms, unreadable) = ([Alarm](), [String]())
        for try await page in cloudWatch.pages("DescribeAlarms", [:]) {
            for type in AlarmType.allCases {
                for element in page[type.list]?.arrayValue ?? [] {
                    do throws(CloudWatchAlarmsError) {
                        alarms.append(try Alarm(describing: element, type: type))
                    } catch {
                        unreadable.append(error.message)
                    }
                }
            }
        }
        return (alarms, unreadable)
    }
}

/// The alarms after a round of their evaluation.
public struct AlarmRound: Sendable {
    /// All that exist, with their states.
    public let alarms: [(alarm: Alarm, status: AlarmStatus)]
    /// What changed in the round.
    public let changes: [AlarmStateChange]
    /// Why alarms are not evaluated, by name.
    public let notEvaluated: [String: String]

    fileprivate init(_ engine: AlarmEngine, _ changes: [AlarmStateChange]) {
        alarms = engine.alarms.compactMap { alarm in engine.status(of: alarm.name).map { (alarm, $0) } }
        notEvaluated = engine.notEvaluated
        self.changes = changes
    }
}

/// What is kept between the rounds.
struct AlarmSession {
    /// A change on its way to CloudWatch and the topics.
    struct Delivery {
        let change: AlarmStateChange
        var isWritten = false
        /// Those that have not been notified yet.
        var actions: [String]
        var attempts = 0

        init(change: AlarmStateChange) { (self.change, actions) = (change, change.actions) }
    }

    var engine: AlarmEngine
    /// Oldest first.
    var outbox: [Delivery] = []
    private var alarms: [Alarm] = []
    private var unreadable: [String] = []
    private var told: Set<String> = []
    /// The names of metrics' dimensions in the order in which they are stored.
    var dimensionNames: [MetricSamples.Identity: [String]] = [:]

    init(location: AlarmLocation) { engine = AlarmEngine(location: location) }

    /// Takes over the alarms that exist now; their states stay.
    mutating func take(_ alarms: [Alarm], unreadable: [String], at time: Timestamp) {
        self.unreadable = unreadable
        guard alarms != self.alarms else { return }
        self.alarms = alarms
        engine.replaceAlarms(alarms, at: time)
    }

    /// Why alarms are not evaluated, each told once.
    mutating func newNotices() -> [String] {
        let notEvaluated = engine.notEvaluated.sorted { $0.key < $1.key }.map {
            "\($0.key) is not evaluated: \($0.value)"
        }
        return (unreadable + notEvaluated).filter { told.insert($0).inserted }
    }
}

// MARK: Data

extension AlarmEvaluator {
    /// A statistic over periods of one length that follow each other.
    private struct Need: Hashable {
        let statistic: MetricStatistic
        let slots: [MetricSlot]
    }

    private func data(for session: inout AlarmSession, at time: Timestamp) async throws -> MetricData {
        var needs: Set<Need> = []
        for alarm in session.engine.alarms {
            guard case .metric(let condition) = alarm.condition else { continue }
            for (statistic, slots) in condition.needs(at: time) {
                needs.insert(Need(statistic: statistic, slots: slots))
            }
        }
        var found: [MetricStatistic: [MetricSlot: Datapoint]] = [:]
        // All statistics over the same periods in one call.
        for (slots, same) in Dictionary(grouping: needs, by: \.slots) {
            var statistics: [OrderedStatistic] = []
            for need in same { statistics.append(try await ordered(need.statistic, &session)) }
            for (statistic, points) in try await read(statistics, slots) {
                found[statistic, default: [:]].merge(points) { _, new in new }
            }
        }
        let points = found
        return MetricData { statistic, slot in points[statistic]?[slot] }
    }

    /// A statistic whose dimensions are in the order in which moto stores them.
    ///
    /// moto finds nothing for another order, unlike CloudWatch.
    private func ordered(_ statistic: MetricStatistic, _ session: inout AlarmSession) async throws -> OrderedStatistic {
        let metric = MetricSamples.Identity(
            namespace: statistic.namespace, metric: statistic.metric, dimensions: statistic.dimensions)
        if let names = session.dimensionNames[metric] { return OrderedStatistic(statistic: statistic, names: names) }
        let pages = cloudWatch.pages(
            "ListMetrics", ["Namespace": .string(metric.namespace), "MetricName": .string(metric.metric)])
        for try await page in pages {
            for listed in page["Metrics"]?.arrayValue ?? [] where listed.dimensions == metric.dimensions {
                let names = (listed["Dimensions"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
                session.dimensionNames[metric] = names
                return OrderedStatistic(statistic: statistic, names: names)
            }
        }
        // There are no data yet.
        return OrderedStatistic(statistic: statistic, names: metric.dimensions.keys.sorted())
    }

    private struct OrderedStatistic {
        let statistic: MetricStatistic
        /// The names of the dimensions.
        let names: [String]

        /// An element of `MetricDataQueries`.
        func query(id: String, _ name: String) -> JSONValue {
            let dimensions = names.map { name -> JSONValue in
                ["Name": .string(name), "Value": .string(statistic.dimensions[name] ?? "")]
            }
            var stat: JSONObject = [
                "Metric": [
                    "Namespace": .string(statistic.namespace), "MetricName": .string(statistic.metric),
                    "Dimensions": .array(dimensions),
                ], "Period": JSONValue(statistic.period), "Stat": .string(name),
            ]
            if let unit = statistic.unit { stat["Unit"] = .string(unit) }
            return ["Id": .string(id), "MetricStat": .object(stat)]
        }
    }

    /// The values of statistics, and their numbers of samples, by period.
    private func read(
        _ statistics: [OrderedStatistic], _ slots: [MetricSlot]
    ) async throws -> [MetricStatistic: [MetricSlot: Datapoint]] {
        guard let first = slots.first, let last = slots.last else { return [:] }
        let queries = statistics.enumerated().flatMap { index, statistic in
            [("v", statistic.statistic.statistic), ("n", "SampleCount")].map { letter, name in
                statistic.query(id: "\(letter)\(index)", name)
            }
        }
        var values: [String: [Timestamp: Double]] = [:]
        // CloudWatch takes 500 queries in a call.
        for start in stride(from: 0, to: queries.count, by: 500) {
            let part = Array(queries[start..<min(start + 500, queries.count)])
            let pages = cloudWatch.pages(
                "GetMetricData",
                [
                    "MetricDataQueries": .array(part), "StartTime": .string(first.start.iso8601),
                    "EndTime": .string(last.end.iso8601),
                ])
            for try await page in pages {
                for result in page["MetricDataResults"]?.arrayValue ?? [] {
                    values[result["Id"]?.stringValue ?? "", default: [:]].merge(result.datapoints) { _, new in new }
                }
            }
        }
        var found: [MetricStatistic: [MetricSlot: Datapoint]] = [:]
        for (index, statistic) in statistics.enumerated() {
            for slot in slots {
                guard let value = values["v\(index)"]?[slot.start] else { continue }
                let count = values["n\(index)"]?[slot.start]
                found[statistic.statistic, default: [:]][slot] = Datapoint(value: value, sampleCount: count)
            }
        }
        return found
    }
}

extension JSONValue {
    /// The dimensions of an element of `ListMetrics`, by name.
    fileprivate var dimensions: [String: String] {
        let pairs = (self["Dimensions"]?.arrayValue ?? []).compactMap { dimension in
            dimension["Name"]?.stringValue.map { ($0, dimension["Value"]?.stringValue ?? "") }
        }
        return Dictionary(pairs) { $1 }
    }

    /// Time stamps and values of an element of `MetricDataResults`.
    fileprivate var datapoints: [Timestamp: Double] {
        let times = (self["Timestamps"]?.arrayValue ?? []).map { Timestamp(iso8601: $0.stringValue ?? "") }
        let values = (self["Values"]?.arrayValue ?? []).map(\.doubleValue)
        var points: [Timestamp: Double] = [:]
        for case (let time?, let value?) in zip(times, values) { points[time] = value }
        return points
    }
}

extension AlarmStateChange {
    /// A line for people: `alarm checkout-down: OK → ALARM`.
    fileprivate var line: String {
        "alarm \(alarm.name): \(previous.state.rawValue) → \(current.state.rawValue)"
    }
}
