public import AWS
internal import AWSResources
public import Basics
internal import JSON

/// Asks the stop conditions of a run, each when it is due.
///
///     try await monitor.start()           // before anything runs
///     if let reason = await monitor.poll() { … }   // again and again; returns at once when nothing is due
public final class StopMonitor: Sendable {
    /// Asks a probe; throws when it could not be asked.
    ///
    /// - Returns: nil when the probe is within its tolerance, and otherwise why not.
    public typealias Ask = @Sendable (Activity) async throws -> String?

    /// The longest time of one look: a probe that hangs must not keep the others from being asked.
    private static let timeout = Duration.seconds(60)

    private let conditions: StopConditions
    private let alarms: AlarmReader
    private let ask: Ask
    private let time: TimeSource
    private let state: Locked<StopState>

    /// - Parameters:
    ///   - aws: for the alarms; an alarm that is given by its ARN is read in that region.
    ///   - ask: asks a probe; it ends when its task is cancelled, after a minute.
    public init(
        _ conditions: StopConditions, aws: @escaping @Sendable () throws -> AWSConfiguration, time: TimeSource,
        ask: @escaping Ask
    ) {
        (self.conditions, self.ask, self.time) = (conditions, ask, time)
        alarms = AlarmReader(names: conditions.alarms, aws: aws)
        state = Locked(StopState(conditions, at: time.now()))
    }

    /// Asks everything once, but the probes that run beside.
    /// - Throws: ``ExperimentError`` with `refused` when something could not be asked, an alarm does not exist, or a
    ///   condition holds already: then nothing may run.
    public func start() async throws {
        let now = time.now()
        state.withLock { $0.begin(at: now) }
        for index in state.withLock({ $0.dueAtStart }) {
            let reason: StopReason?
            do { reason = try await look(index) } catch {
                if error is CancellationError { throw error }
                throw ExperimentError(
                    .refused, "nothing is run, because \(title(index)) cannot be asked: \(error)", underlying: error)
            }
            if let reason {
                throw ExperimentError(.refused, "nothing is run: \(reason.message)")
            }
        }
    }

    /// Asks what is due.
    /// - Returns: why the run must end; nil when it may go on.
    public func poll() async -> StopReason? {
        for index in state.withLock({ $0.takeDue(at: time.now()) }) {
            let reason: StopReason?
            do {
                reason = try await look(index)
                state.withLock { $0.succeeded(index) }
            } catch {
                if Task.isCancelled { return nil }
                let title = title(index)
                reason = state.withLock { $0.failed(index, title, "\(error)") }
            }
            if let reason { return reason }
        }
        return nil
    }

    /// How often each condition could not be asked, in a row; a run that goes on takes it from its record.
    var failures: [Int] {
        get { state.withLock { $0.failures } }
        set { state.withLock { $0.failures = newValue } }
    }

    /// The time until something is due; nil when nothing will be.
    public var pause: Duration? {
        let now = time.now()
        return state.withLock { $0.nextDue }.map { max(.zero, $0 - now) }
    }

    /// Looks, for a limited time.
    private func look(_ index: Int) async throws -> StopReason? {
        try await withThrowingTaskGroup(of: StopReason?.self) { group in
            group.addTask { try await self.lookAtLength(index) }
            group.addTask {
                try await self.time.sleep(Self.timeout)
                throw ExperimentError(.activityFailed, "no answer within \(Self.timeout.text)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// The alarms have the index 0, the probes those behind.
    private func lookAtLength(_ index: Int) async throws -> StopReason? {
        if index == 0 { return try await lookAtAlarms() }
        let activity = conditions.probes[index - 1].activity
        return try await ask(activity).map { why in
            StopReason(.probe, activity.name, "the probe \"\(activity.name)\" is outside of its tolerance: \(why)")
        }
    }

    private func title(_ index: Int) -> String {
        index == 0 ? "the alarms" : "the probe \"\(conditions.probes[index - 1].activity.name)\""
    }

    private func lookAtAlarms() async throws -> StopReason? {
        for alarm in try await alarms.states(until: time.now() + .seconds(30)) {
            switch alarm.state {
            case "ALARM": return StopReason(.alarm, alarm.name, "the alarm \(alarm.name) is in ALARM: \(alarm.reason)")
            case "INSUFFICIENT_DATA" where conditions.stopsWithoutData:
                return StopReason(.alarm, alarm.name, "the alarm \(alarm.name) has no data: \(alarm.reason)")
            default: continue
            }
        }
        return nil
    }
}

/// When each condition is asked next, and how often it could not be asked.
struct StopState: Sendable {
    private struct Entry {
        let timing: StopConditions.Probe.Timing
        var due: Timestamp?
        var failures = 0
    }

    private var entries: [Entry]
    private let maximumFailures: Int

    /// What is asked again and again is due at once: a run that goes on in another process does not begin again.
    init(_ conditions: StopConditions, at now: Timestamp) {
        let alarms = Entry(timing: .every(conditions.interval))
        entries = [alarms] + conditions.probes.map { Entry(timing: $0.timing) }
        if conditions.alarms.isEmpty { entries[0] = Entry(timing: .before) }
        maximumFailures = conditions.maximumFailures
        hasAlarms = !conditions.alarms.isEmpty
        for index in entries.indices { if case .every = entries[index].timing { entries[index].due = now } }
    }

    private let hasAlarms: Bool

    /// What is asked before anything runs: all but the probes that run beside.
    var dueAtStart: [Int] { entries.indices.filter { ($0 > 0 || hasAlarms) && entries[$0].timing != .once } }

    /// How often each could not be asked, in a row.
    var failures: [Int] {
        get { entries.map(\.failures) }
        set { for (index, count) in zip(entries.indices, newValue) { entries[index].failures = count } }
    }

    /// When something is due next.
    var nextDue: Timestamp? { entries.compactMap(\.due).min() }

    /// All but the probes that run beside were asked before the run.
    mutating func begin(at now: Timestamp) {
        for index in entries.indices {
            switch entries[index].timing {
            case .before: entries[index].due = nil
            case .once: entries[index].due = now
            case .every(let pause): entries[index].due = now + pause
            }
        }
    }

    /// What is due now, and will be due again after its pause.
    mutating func takeDue(at now: Timestamp) -> [Int] {
        let due = entries.indices.filter { index in entries[index].due.map { $0 <= now } ?? false }
        for index in due {
            if case .every(let pause) = entries[index].timing {
                entries[index].due = now + pause
            } else {
                entries[index].due = nil
            }
        }
        return due
    }

    mutating func succeeded(_ index: Int) { entries[index].failures = 0 }

    /// - Returns: why the run must end, when too many looks in a row failed.
    mutating func failed(_ index: Int, _ title: String, _ error: String) -> StopReason? {
        entries[index].failures += 1
        let isOnce = entries[index].timing == .once
        guard entries[index].failures >= maximumFailures || isOnce else { return nil }
        let looks = counted(entries[index].failures, "time") + (isOnce ? "" : " in a row")
        return StopReason(.blind, title, "\(title) could not be asked \(looks), so nobody watches the run: \(error)")
    }
}

/// Reads alarms of CloudWatch.
private struct AlarmReader: Sendable {
    let names: [String]
    let aws: @Sendable () throws -> AWSConfiguration

    /// How many names one call of DescribeAlarms takes.
    private static let maximumNames = 100

    /// - Throws: `AWSError`, and ``ExperimentError`` for an alarm that does not exist.
    func states(until deadline: Timestamp) async throws -> [(name: String, state: String, reason: String)] {
        guard !names.isEmpty else { return [] }
        let configuration = try aws()
        let alarms = names.map { text in
            let arn = ARN(text)
            return (region: arn?.region ?? configuration.region, name: arn?.name ?? text)
        }
        var states: [(name: String, state: String, reason: String)] = []
        for (region, group) in Dictionary(grouping: alarms, by: \.region).sorted(by: { $0.key < $1.key }) {
            var regional = configuration
            regional.region = region
            let client = try AWSClient(.cloudWatch, configuration: regional)
            for start in stride(from: 0, to: group.count, by: Self.maximumNames) {
                let names = group[start..<min(start + Self.maximumNames, group.count)].map(\.name)
                let output = try await client.call(
                    "DescribeAlarms",
                    [
                        "AlarmNames": .array(names.map { .string($0) }),
                        "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100,
                    ], deadline: deadline)
                let found = (output["MetricAlarms"]?.arrayValue ?? []) + (output["CompositeAlarms"]?.arrayValue ?? [])
                for name in names {
                    guard let alarm = found.first(where: { $0["AlarmName"]?.stringValue == name }),
                        let state = alarm["StateValue"]?.stringValue
                    else { throw ExperimentError(.refused, "the alarm \(name) does not exist in \(region)") }
                    states.append((name, state, alarm["StateReason"]?.stringValue ?? ""))
                }
            }
        }
        return states
    }
}
