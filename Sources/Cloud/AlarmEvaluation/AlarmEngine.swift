public import Basics
public import CloudWatchAlarms

/// Evaluates a set of alarms as CloudWatch does, one moment after the other, and remembers their states.
///
/// It reads no clock and makes no call: the host says what time it is, supplies the data, and carries out the actions
/// of the changes. Metric alarms, metric math, composites and mute rules are evaluated; PromQL and Metrics Insights
/// where the host can answer their queries. Anomaly bands and log alarms are not: ``notEvaluated`` says so.
public struct AlarmEngine: Sendable {
    private var records: [String: AlarmRecord] = [:]
    /// Children before the composites that name them.
    private var order: [String] = []
    private var mutes: [(rule: MuteRule, schedule: MuteSchedule)] = []
    private let location: AlarmLocation
    /// Why alarms are not evaluated, by name.
    public private(set) var notEvaluated: [String: String] = [:]

    /// Without alarms; ``replaceAlarms(_:at:)`` gives it some.
    public init(location: AlarmLocation) { self.location = location }

    /// Alarms in their initial state: INSUFFICIENT_DATA, with PromQL OK.
    /// - Throws: ``AlarmEvaluationError`` for a mute rule whose schedule cannot be read.
    public init(
        _ alarms: [Alarm], muteRules: [MuteRule] = [], location: AlarmLocation, createdAt: Timestamp
    ) throws(AlarmEvaluationError) {
        self.location = location
        for rule in muteRules { mutes.append((rule, try MuteSchedule(rule))) }
        replaceAlarms(alarms, at: createdAt)
    }

    /// Takes another set of alarms; those with a known name keep their state, as after `PutMetricAlarm`.
    public mutating func replaceAlarms(_ alarms: [Alarm], at time: Timestamp) {
        let old = records
        records = [:]
        notEvaluated = [:]
        for alarm in alarms {
            var record = old[alarm.name] ?? AlarmRecord(alarm, arn: location.arn(ofAlarm: alarm.name), createdAt: time)
            record.alarm = alarm
            records[alarm.name] = record
            notEvaluated[alarm.name] = Self.obstacle(alarm)
        }
        order = []
        var placed: Set<String> = []
        for alarm in alarms { visit(alarm.name, path: [], &placed) }
    }

    /// Takes another set of mute rules; what they held back is due when they no longer do.
    /// - Throws: ``AlarmEvaluationError`` for a schedule that cannot be read; the old rules stay then.
    public mutating func replaceMuteRules(_ rules: [MuteRule]) throws(AlarmEvaluationError) {
        var mutes: [(rule: MuteRule, schedule: MuteSchedule)] = []
        for rule in rules { mutes.append((rule, try MuteSchedule(rule))) }
        self.mutes = mutes
    }

    /// Sets a state from outside, as `SetAlarmState` does; the next evaluation may change it.
    public mutating func setState(_ status: AlarmStatus, of name: String) {
        records[name]?.status = status
        records[name]?.acted = status.state
    }

    /// An alarm's status; nil for one that is not in the set.
    public func status(of name: String) -> AlarmStatus? { records[name]?.status }

    /// The alarms in the order of their evaluation.
    public var alarms: [Alarm] { order.compactMap { records[$0]?.alarm } }

    /// The series of an alarm that are in ALARM, by their ids.
    public func contributors(of name: String) -> [AlarmContributor] {
        guard let record = records[name] else { return [] }
        return record.contributors.values.filter { $0.status.state == .alarm }.map(\.contributor)
            .sorted { $0.id < $1.id }
    }

    /// How often ``evaluate(at:data:)`` has something new to see: the shortest interval of any alarm.
    public var interval: Duration {
        records.values.map { record in
            switch record.alarm.condition {
            case .metric(let condition): condition.evaluationInterval
            case .promQL(let condition): .seconds(max(condition.interval, 1))
            case .composite, .log: .seconds(60)
            }
        }.min() ?? .seconds(60)
    }

    /// Why an alarm cannot be evaluated whatever the data.
    private static func obstacle(_ alarm: Alarm) -> String? {
        switch alarm.condition {
        case .metric(let condition):
            if case .band = condition.threshold {
                return "anomaly bands are not evaluated locally: they need AWS's model"
            }
            if condition.window?.isKnown == false { return "the time zone of its evaluation window is not known" }
            return nil
        case .log: return "log alarms are not evaluated locally: their query runs in CloudWatch Logs"
        case .promQL, .composite: return nil
        }
    }

    /// Depth first, so that children come before their parents; refuses circles and unknown children.
    private mutating func visit(_ name: String, path: [String], _ placed: inout Set<String>) {
        guard let record = records[name], !placed.contains(name) else { return }
        if case .composite(let condition) = record.alarm.condition {
            let names = condition.rule.alarms + (condition.suppressor.map { [$0.alarm] } ?? [])
            for child in names.map(\.alarmName) {
                if path.contains(child) || child == name {
                    notEvaluated[name] =
                        "its rule leads back to itself: \((path + [name, child]).joined(separator: " → "))"
                    continue
                }
                guard records[child] != nil else {
                    let near = records.keys.sorted().nearest(to: child).map { ", did you mean \"\($0)\"?" } ?? ""
                    notEvaluated[name] =
                        notEvaluated[name] ?? "its rule names \"\(child)\", which is not in this set\(near)"
                    continue
                }
                visit(child, path: path + [name], &placed)
                if notEvaluated[child] != nil, notEvaluated[name] == nil {
                    notEvaluated[name] = "its child \"\(child)\" is not evaluated"
                }
            }
        }
        order.append(name)
        placed.insert(name)
    }
}

// MARK: Evaluation

extension AlarmEngine {
    /// Evaluates all alarms at a time, which must not be before that of the last call.
    ///
    /// An alarm whose data cannot be evaluated keeps its state; ``notEvaluated`` has the reason until it can be.
    /// - Returns: the changes in the order in which they happened; those of contributors before their alarm's.
    public mutating func evaluate(at time: Timestamp, data: MetricData) -> [AlarmStateChange] {
        var changes: [AlarmStateChange] = []
        for name in order {
            guard var record = records[name], isEvaluated(record.alarm, at: time) else { continue }
            do throws(AlarmEvaluationError) {
                let found = try outcome(&record, at: time, data, &changes)
                notEvaluated[name] = nil
                settle(&record, found, at: time, &changes)
            } catch {
                notEvaluated[name] = error.message
            }
            records[name] = record
        }
        return changes
    }

    private func isEvaluated(_ alarm: Alarm, at time: Timestamp) -> Bool {
        if Self.obstacle(alarm) != nil { return false }
        if case .composite = alarm.condition { return notEvaluated[alarm.name] == nil }
        guard case .metric(let condition) = alarm.condition, let warmUp = condition.warmUp, warmUp.evaluatesOnlyAfter,
            let created = records[alarm.name]?.created
        else { return true }
        return time >= created + .seconds(warmUp.minutes * 60)
    }

    /// What an evaluation says; nil when the state stays.
    private func outcome(
        _ record: inout AlarmRecord, at time: Timestamp, _ data: MetricData, _ changes: inout [AlarmStateChange]
    ) throws(AlarmEvaluationError) -> AlarmOutcome? {
        switch record.alarm.condition {
        case .metric(let condition):
            var outcome: AlarmOutcome?
            if let query = condition.insightsQuery {
                outcome = try insightsOutcome(&record, query, condition, at: time, data, &changes)
            } else {
                outcome = condition.outcome(try condition.points(at: time, data), at: time)
            }
            if let warmUp = condition.warmUp, outcome?.state == .insufficientData,
                time < record.created + .seconds(warmUp.minutes * 60)
            {
                outcome = nil
            }
            return outcome
        case .promQL(let condition): return try promQLOutcome(&record, condition, at: time, data, &changes)
        case .composite(let condition): return compositeOutcome(condition)
        case .log: return nil
        }
    }

    private func compositeOutcome(_ condition: CompositeCondition) -> AlarmOutcome {
        let isTrue = condition.rule.isTrue { records[$0.alarmName]?.status.state }
        let children = condition.rule.alarms.compactMap { records[$0.alarmName] }
        let newest = children.map(\.status.since).max()
        let triggering = children.filter { $0.status.since == newest }.map {
            AlarmStateChange.Child(arn: $0.arn, state: $0.status.state, since: $0.status.since)
        }
        let cause = triggering.first.map {
            "\($0.arn) transitioned to \($0.state.rawValue) at \($0.since.inWords)"
        }
        let reason = StateReason(
            text: cause ?? "The alarm rule is constant", data: AlarmMessages.reasonData(triggeringAlarms: triggering))
        return AlarmOutcome(state: isTrue ? .alarm : .ok, reason: reason, children: triggering)
    }

    /// Takes a new state over and decides about actions.
    private func settle(
        _ record: inout AlarmRecord, _ outcome: AlarmOutcome?, at time: Timestamp, _ changes: inout [AlarmStateChange]
    ) {
        let isChange = outcome.map { $0.state != record.status.state } ?? false
        if isChange, let outcome {
            record.previous = record.status
            record.status = AlarmStatus(state: outcome.state, reason: outcome.reason, since: time)
            record.children = outcome.children
        }
        let hold = currentHold(&record, at: time)
        // After a hold the state may be the one from before it. A change in a suppressed composite is then no news; one
        // after a mute window is.
        let isDue = record.acted != record.status.state || (isChange && !record.isSilenced)
        guard isChange || (isDue && hold == nil) else { return }
        var change = AlarmStateChange(
            alarm: record.alarm, arn: record.arn, previous: record.previous, current: record.status, time: time)
        change.triggeringChildren = record.children
        change.hold = hold
        change.isAfterHold = !isChange
        record.isSilenced = hold.map(\.isSuppression) ?? false
        // The series of an alarm notify by themselves.
        if hold == nil, isDue {
            if !record.notifiesBySeries { change.actions = record.alarm.actions(for: record.status.state) }
            record.acted = record.status.state
        }
        changes.append(change)
    }

    /// Why actions are held back at a time; nil when they are not.
    private func currentHold(_ record: inout AlarmRecord, at time: Timestamp) -> ActionHold? {
        if let mute = mute(record.alarm.name, at: time) { return mute }
        guard case .composite(let condition) = record.alarm.condition, let suppressor = condition.suppressor,
            let status = records[suppressor.alarm.alarmName]?.status
        else { return nil }
        if status.state == .alarm {
            record.wasSuppressed = true
            return .suppressor(suppressor.alarm)
        }
        if record.wasSuppressed {
            if time < status.since + .seconds(suppressor.extensionSeconds) { return .extensionPeriod }
            record.wasSuppressed = false
            return nil
        }
        let isWaiting =
            record.status.state == .alarm && record.acted != .alarm
            && time < record.status.since + .seconds(suppressor.waitSeconds)
        return isWaiting ? .waitPeriod : nil
    }

    fileprivate func mute(_ name: String, at time: Timestamp) -> ActionHold? {
        for (rule, schedule) in mutes where rule.alarms.contains(where: { $0.alarmName == name }) {
            if let window = schedule.window(at: time) { return .muted(rule: rule.name, window) }
        }
        return nil
    }
}

// MARK: Alarms on many series

extension AlarmEngine {
    /// Each series of a Metrics Insights query is evaluated by itself; the alarm is in ALARM while one is.
    private func insightsOutcome(
        _ record: inout AlarmRecord, _ query: String, _ condition: MetricCondition, at time: Timestamp,
        _ data: MetricData, _ changes: inout [AlarmStateChange]
    ) throws(AlarmEvaluationError) -> AlarmOutcome? {
        let slots = condition.slots(endingAt: time, count: condition.evaluationRange)
        var series: [MetricData.SeriesLabels: [Datapoint?]] = [:]
        for (index, slot) in slots.enumerated() {
            for (labels, value) in try Self.result(of: query, in: slot, data) {
                series[labels, default: Array(repeating: nil, count: slots.count)][index] = Datapoint(value: value)
            }
        }
        for labels in record.contributors.keys where series[labels] == nil {
            series[labels] = Array(repeating: nil, count: slots.count)
        }
        // A query without GROUP BY has one series without labels: an alarm like any other.
        if series.isEmpty || series.keys.elementsEqual([[:]]) {
            return condition.outcome(series.first?.value ?? Array(repeating: nil, count: slots.count), at: time)
        }
        record.notifiesBySeries = true
        for (labels, points) in series.sorted(by: { $0.key.sortKey < $1.key.sortKey }) {
            let outcome = condition.outcome(points, at: time)
            settle(&record, labels, outcome, at: time, initial: .insufficientData, &changes)
        }
        return Self.summary(record.contributors.values.map(\.status.state))
    }

    /// A series is in ALARM after it has been in the result for the pending time, and until it has been absent for the
    /// recovery time.
    private func promQLOutcome(
        _ record: inout AlarmRecord, _ condition: PromQLCondition, at time: Timestamp, _ data: MetricData,
        _ changes: inout [AlarmStateChange]
    ) throws(AlarmEvaluationError) -> AlarmOutcome? {
        let slot = MetricSlot(start: time - .seconds(condition.interval), end: time)
        let result = try Self.result(of: condition.query, in: slot, data)
        record.notifiesBySeries = true
        for labels in Set(result.keys).union(record.contributors.keys).sorted(by: { $0.sortKey < $1.sortKey }) {
            let isBreaching = result[labels] != nil
            let old = record.contributors[labels]
            let since = old?.isBreaching == isBreaching ? old?.breachChange ?? time : time
            let needed = isBreaching ? condition.pendingSeconds : condition.recoverySeconds
            var outcome: AlarmOutcome?
            if time >= since + .seconds(needed) {
                let value = result[labels].map { " with the value \($0)" } ?? ""
                let text =
                    isBreaching
                    ? "The query returned this series\(value) for at least \(condition.pendingSeconds) seconds."
                    : "The query has not returned this series for at least \(condition.recoverySeconds) seconds."
                outcome = AlarmOutcome(state: isBreaching ? .alarm : .ok, reason: StateReason(text: text))
            }
            settle(&record, labels, outcome, at: time, initial: .ok, &changes)
            record.contributors[labels]?.isBreaching = isBreaching
            record.contributors[labels]?.breachChange = since
        }
        let total = max(result.count, 1)
        let alarms = record.contributors.values.count { $0.status.state == .alarm }
        // A series that has recovered is forgotten: it may never come back.
        record.contributors = record.contributors.filter { $0.value.status.state == .alarm || $0.value.isBreaching }
        let text = "\(alarms) out of \(max(total, alarms)) time series evaluated to ALARM"
        return AlarmOutcome(state: alarms > 0 ? .alarm : .ok, reason: StateReason(text: text))
    }

    private static func result(
        of query: String, in slot: MetricSlot, _ data: MetricData
    ) throws(AlarmEvaluationError) -> [MetricData.SeriesLabels: Double] {
        guard let answer = data.queryResult else {
            throw AlarmEvaluationError(.notEvaluated, "the query cannot be answered here: \(query)")
        }
        return try answer(query, slot)
    }

    private static func summary(_ states: [AlarmState]) -> AlarmOutcome {
        let alarms = states.count { $0 == .alarm }
        let text = "\(alarms > 100 ? "100+" : "\(alarms)") out of \(states.count) time series evaluated to ALARM"
        let isUnknown = states.allSatisfy { $0 == .insufficientData }
        return AlarmOutcome(
            state: alarms > 0 ? .alarm : isUnknown ? .insufficientData : .ok, reason: StateReason(text: text))
    }

    /// Takes over the new state of one series.
    private func settle(
        _ record: inout AlarmRecord, _ labels: MetricData.SeriesLabels, _ outcome: AlarmOutcome?, at time: Timestamp,
        initial: AlarmState, _ changes: inout [AlarmStateChange]
    ) {
        var series =
            record.contributors[labels]
            ?? ContributorRecord(
                contributor: AlarmContributor(attributes: labels),
                status: AlarmStatus(state: initial, reason: .initial, since: time), acted: initial)
        defer { record.contributors[labels] = series }
        let isChange = outcome.map { $0.state != series.status.state } ?? false
        let previous = series.status
        if isChange, let outcome {
            series.status = AlarmStatus(state: outcome.state, reason: outcome.reason, since: time)
        }
        let hold = mute(record.alarm.name, at: time)
        let isDue = isChange || series.acted != series.status.state
        guard isChange || (isDue && hold == nil) else { return }
        var change = AlarmStateChange(
            alarm: record.alarm, arn: record.arn, previous: previous, current: series.status, time: time,
            contributor: series.contributor)
        change.hold = hold
        change.isAfterHold = !isChange
        if hold == nil, isDue {
            change.actions = record.alarm.actions(for: series.status.state)
            series.acted = series.status.state
        }
        changes.append(change)
    }
}

// MARK: Records

/// What is remembered of an alarm.
private struct AlarmRecord: Sendable {
    var alarm: Alarm
    let arn: String
    let created: Timestamp
    var status: AlarmStatus
    /// The status before the last change.
    var previous: AlarmStatus
    /// The last state whose actions were due and not held back.
    var acted: AlarmState
    /// What made a composite change last.
    var children: [AlarmStateChange.Child] = []
    /// Whether the last change was held back by the suppressor or the wait for it.
    var isSilenced = false
    /// Whether the suppressor has been in ALARM, and its extension has not passed yet.
    var wasSuppressed = false
    var contributors: [MetricData.SeriesLabels: ContributorRecord] = [:]
    /// Whether the actions are those of its series, and not its own.
    var notifiesBySeries = false

    init(_ alarm: Alarm, arn: String, createdAt: Timestamp) {
        let initial: AlarmState = if case .promQL = alarm.condition { .ok } else { .insufficientData }
        (self.alarm, self.arn, created) = (alarm, arn, createdAt)
        status = AlarmStatus(state: initial, reason: .initial, since: createdAt)
        previous = status
        acted = initial
    }
}

/// What is remembered of one series.
private struct ContributorRecord: Sendable {
    let contributor: AlarmContributor
    var status: AlarmStatus
    var acted: AlarmState
    /// With PromQL: whether the last result had it, and since when that is so.
    var isBreaching = false
    var breachChange: Timestamp?
}

extension [String: String] {
    /// The same for equal labels, so that series are evaluated in a fixed order.
    fileprivate var sortKey: String {
        sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }
}

/// A state that an evaluation found, and why.
struct AlarmOutcome: Sendable {
    var state: AlarmState
    var reason: StateReason
    var children: [AlarmStateChange.Child] = []
}

extension MetricCondition {
    /// The state that the values of the evaluation range mean; nil when the alarm keeps the one it has.
    func outcome(_ points: [Datapoint?], at time: Timestamp) -> AlarmOutcome? {
        guard case .value(let comparison, let limit) = threshold, !hasTooFewSamples(points) else { return nil }
        let treatment = effectiveMissingData
        let slots = slots(endingAt: time, count: points.count)
        let evaluation = DatapointEvaluation(points, in: slots, of: self, treatment: treatment) {
            comparison.isBreached($0, limit)
        }
        guard let state = evaluation.state else { return nil }
        let reason = StateReason(evaluation, state, of: self, comparison, limit, treatment: treatment, now: time)
        return AlarmOutcome(state: state, reason: reason)
    }
}

extension Alarm {
    /// The ARNs to notify of a change to a state; none while actions are disabled.
    func actions(for state: AlarmState) -> [String] {
        guard actions.areEnabled else { return [] }
        return switch state {
        case .ok: actions.ok
        case .alarm: actions.alarm
        case .insufficientData: actions.insufficientData
        }
    }
}
