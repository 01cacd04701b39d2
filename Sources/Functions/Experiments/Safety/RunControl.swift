public import Basics
internal import JSON
public import StateStore

/// Commands to one run, as a document beside the ledger: `command/<run>`.
///
/// `tocsin chaos hold`, `resume` and `stop` write them, also from another machine.
public struct RunCommands: Sendable {
    private let store: StateStore
    private let key: String
    private let time: TimeSource

    /// The commands to a run.
    public init(_ store: StateStore, run: String, time: TimeSource) {
        (self.store, key, self.time) = (store, "command/\(run)", time)
    }

    /// What is demanded of the run; `run` when nobody has demanded anything.
    /// - Throws: `StateStoreError`; ``ExperimentError`` for a document that cannot be read.
    public func read() async throws -> RunDemand {
        try await document().map { try RunDemand(parsing: $0.text) } ?? RunDemand(.run)
    }

    /// Demands something of the run.
    /// - Returns: false when the run was told to stop before: it cannot be resumed.
    public func send(_ position: RunDemand.Position, by person: String, reason: String? = nil) async throws -> Bool {
        let demand = RunDemand(position, by: person, reason: reason, at: time.now())
        while true {
            let current = try await document()
            if let current, (try? RunDemand(parsing: current.text))?.position == .stop { return position == .stop }
            let outcome = try await store.write(
                demand.json.description, to: key, if: .unchanged(since: current), until: deadline)
            if outcome.isWritten { return true }
        }
    }

    /// Forgets the commands, after the end of the run.
    public func remove() async throws { _ = try await store.remove(key, until: deadline) }

    private var deadline: Timestamp { time.now() + .seconds(30) }

    private func document() async throws -> StateStore.Document? { try await store.document(key, until: deadline) }
}

/// What a run must do now.
public enum RunDirective: Sendable, Hashable {
    /// Go on.
    case goOn
    /// Begin no further activity until told otherwise; the text says who wants it and why.
    case hold(String)
    /// End, with rollbacks.
    case stop(StopReason)
}

/// Everything from outside that ends or holds a run: the lever, commands to the run, and the stop conditions.
///
///     try await control.start()
///     switch await control.poll() {
///     case .goOn: …
public final class RunControl: Sendable {
    private struct State {
        var due: Timestamp
        /// How often the lever and the commands could not be read, in a row.
        var failures = [0, 0]
        /// What they said last.
        var demands = [RunDemand(.run), RunDemand(.run)]
        /// When the run must end.
        var end: Timestamp?
        /// Stays once there is one.
        var stop: StopReason?
    }

    private let lever: Lever?
    private let commands: RunCommands?
    private let monitor: StopMonitor?
    private let time: TimeSource
    private let interval: Duration
    private let maximumFailures: Int
    private let maximumDuration: Duration?
    private let state: Locked<State>

    /// - Parameters:
    ///   - interval: the pause between two looks at the lever and the commands.
    ///   - maximumFailures: how many looks in a row may fail.
    ///   - maximumDuration: how long the run may take, such as by the guard; see ``began(at:)``.
    public init(
        lever: Lever?, commands: RunCommands?, monitor: StopMonitor?, time: TimeSource,
        interval: Duration = .seconds(5), maximumFailures: Int = 3, maximumDuration: Duration? = nil
    ) {
        (self.lever, self.commands, self.monitor, self.time) = (lever, commands, monitor, time)
        (self.interval, self.maximumFailures, self.maximumDuration) = (interval, maximumFailures, maximumDuration)
        state = Locked(State(due: time.now()))
    }

    /// Asks everything once, before anything runs.
    /// - Throws: ``ExperimentError`` with `refused` when the run may not begin.
    public func start() async throws {
        try await lever?.permitStart(until: time.now() + .seconds(30))
        if let demand = try await commands?.read(), demand.position == .stop {
            throw ExperimentError(.refused, "nothing is run: the run was told to stop\(demand.details)")
        }
        try await monitor?.start()
        state.withLock { $0.due = time.now() + interval }
    }

    /// Takes the beginning of the run, from which its longest time counts, also in another process.
    func began(at start: Timestamp) { state.withLock { $0.end = maximumDuration.map { start + $0 } } }

    /// How often the lever, the commands and each stop condition could not be read, in a row.
    ///
    /// A run that goes on in another process takes them from its record: there may be a process for each look.
    var failures: [Int] {
        get { state.withLock { $0.failures } + (monitor?.failures ?? []) }
        set {
            guard newValue.count >= 2 else { return }
            state.withLock { $0.failures = Array(newValue.prefix(2)) }
            monitor?.failures = Array(newValue.dropFirst(2))
        }
    }

    /// Asks what is due, and tells what to do; a stop stays one.
    public func poll() async -> RunDirective {
        if let stop = state.withLock({ $0.stop }) { return .stop(stop) }
        if let end = state.withLock({ $0.end }), time.now() >= end {
            return stop(StopReason(.duration, "guard", "its longest time is over"))
        }
        let isDue = state.withLock { state in
            guard state.due <= time.now() else { return false }
            state.due = time.now() + interval
            return true
        }
        if isDue {
            if let reason = await look(0, lever.map { lever in { try await lever.read(until: $0) } }, "the lever") {
                return stop(reason)
            }
            let read = commands.map { commands in { (_: Timestamp) in try await commands.read() } }
            if let reason = await look(1, read, "the commands to the run") { return stop(reason) }
        }
        // Last, because a probe may take its time.
        if let reason = await monitor?.poll() { return stop(reason) }
        let held = state.withLock { $0.demands }.filter { $0.position == .hold }
        guard let demand = held.first else { return .goOn }
        return .hold("held\(demand.details)")
    }

    /// The time until something is due.
    public var pause: Duration {
        let own = max(.zero, state.withLock { $0.due } - time.now())
        let untilEnd = state.withLock { $0.end }.map { max(.zero, $0 - time.now()) }
        return [own, monitor?.pause, untilEnd].compactMap(\.self).min() ?? own
    }

    /// Looks at the lever (0) or the commands (1).
    private func look(
        _ place: Int, _ read: ((Timestamp) async throws -> RunDemand)?, _ title: String
    ) async -> StopReason? {
        guard let read else { return nil }
        do {
            let demand = try await read(time.now() + .seconds(30))
            state.withLock { state in
                state.failures[place] = 0
                state.demands[place] = demand
            }
            guard demand.position == .stop else { return nil }
            let who = demand.person ?? title
            return place == 0
                ? StopReason(.lever, who, "the lever is at stop\(demand.details)")
                : StopReason(.command, who, "the run was told to stop\(demand.details)")
        } catch {
            if Task.isCancelled { return nil }
            let count = state.withLock { state in
                state.failures[place] += 1
                return state.failures[place]
            }
            guard count >= maximumFailures else { return nil }
            return StopReason(.blind, title, "\(title) could not be read \(count) times in a row: \(error)")
        }
    }

    private func stop(_ reason: StopReason) -> RunDirective {
        state.withLock { state in
            let first = state.stop ?? reason
            state.stop = first
            return .stop(first)
        }
    }
}
