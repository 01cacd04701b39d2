import Basics
import Experiments
import JSON
import LocalHistory
import Transport

/// The experiments of a session: one runs at a time, and only after its plan was seen.
actor UpExperiments {
    private let environment: [String: String]
    private let loop: EventLoop
    /// Called with each change of a run.
    private let onRun: @Sendable (ExperimentRun) -> Void
    private let note: @Sendable (String) -> Void

    /// The local AWS and `SITE`; nil before the local AWS answers.
    private var variables: [String: String]?
    /// The digests of the files whose plan was seen, by id.
    private var seen: [String: String] = [:]
    /// Decides what random choices take: the run's are those of the plan that was seen.
    private var seeds: [String: UInt64] = [:]
    private var running: (id: String, task: Task<UpExperiment.Outcome, any Error>, interruption: Interruption)?

    /// Why something is not done, for people.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    init(
        environment: [String: String], loop: EventLoop, onRun: @escaping @Sendable (ExperimentRun) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) {
        (self.environment, self.loop) = (environment, loop)
        (self.onRun, self.note) = (onRun, note)
    }

    /// The local AWS answers.
    func open(_ variables: [String: String]) { self.variables = variables }

    /// What an experiment would do, as plain text.
    func plan(_ file: UpSystem.ExperimentFile) async throws -> String {
        guard let variables else { throw Refusal(description: "The local AWS is still starting; try again.") }
        let experiment = try await UpExperiment(file.path, environment: environment, loop: loop)
        let plan = try await experiment.plan(variables, seed: seed(of: file.id))
        if !plan.isRefused { seen[file.id] = file.digest }
        return plan.lines(width: 100, colour: false).joined(separator: "\n")
    }

    /// Starts an experiment whose plan was seen.
    func start(_ file: UpSystem.ExperimentFile) async throws -> String {
        guard seen[file.id] == file.digest else {
            throw Refusal(description: "Look at the plan of \(file.id) first; it is made anew when the file changes.")
        }
        let experiment = try await UpExperiment(file.path, environment: environment, loop: loop)
        try begin(experiment, id: file.id)
        return "\(experiment.title): running."
    }

    /// Runs an experiment to its end.
    func run(_ experiment: UpExperiment, id: String) async throws -> UpExperiment.Outcome {
        let task = try begin(experiment, id: id)
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Stops the one that runs; its rollbacks are played.
    func stop() throws -> String {
        guard let running else { throw Refusal(description: "No experiment is running.") }
        running.interruption.raise(Interruption.Reason(.interrupt, "stopped from the console"))
        return "\(running.id) is being stopped; its rollbacks are played."
    }

    /// Stops the one that runs and waits for its rollbacks.
    func close() async {
        guard let running else { return }
        running.interruption.raise(Interruption.Reason(.interrupt, "the session ends"))
        _ = try? await running.task.value
    }

    @discardableResult
    private func begin(_ experiment: UpExperiment, id: String) throws -> Task<UpExperiment.Outcome, any Error> {
        guard let variables else { throw Refusal(description: "The local AWS is still starting; try again.") }
        if let running {
            throw Refusal(description: "\(running.id) is running; one experiment runs at a time.")
        }
        let interruption = Interruption()
        let seed = seed(of: id)
        let timeline = Locked(
            RunTimeline(ExperimentRun(experiment: id, title: experiment.title, start: .now(), state: "running")))
        onRun(timeline.withLock(\.run))
        let task = Task { [onRun, note] in
            do {
                let outcome = try await experiment.run(variables, seed: seed, interruption: interruption) { event in
                    for (level, text) in event.messages where level != .debug { note("experiment: \(text)") }
                    if let run = timeline.withLock({ $0.take(event, at: .now()) }) { onRun(run) }
                }
                onRun(timeline.withLock { $0.end(outcome, at: .now()) })
                return outcome
            } catch {
                onRun(timeline.withLock { $0.end(.failed("\(error)"), at: .now()) })
                throw error
            }
        }
        running = (id, task, interruption)
        Task {
            _ = try? await task.value
            self.ended(id)
        }
        return task
    }

    private func ended(_ id: String) {
        guard running?.id == id else { return }
        running = nil
        // The next run is planned anew.
        (seen[id], seeds[id]) = (nil, nil)
    }

    private func seed(of id: String) -> UInt64 {
        let seed = seeds[id] ?? UInt64.random(in: 0..<1_000_000_000)
        seeds[id] = seed
        return seed
    }
}

/// The activities of a run, from its events.
struct RunTimeline {
    /// The run so far.
    private(set) var run: ExperimentRun

    init(_ run: ExperimentRun) { self.run = run }

    /// Takes an event.
    /// - Returns: the run when the event has changed it.
    mutating func take(_ event: RunEvent, at now: Timestamp) -> ExperimentRun? {
        switch event {
        case .hypothesisStarted(let phase, _): begin("hypothesis \(phase.rawValue) the method", "hypothesis", now)
        case .hypothesisCompleted(let phase, let iteration, let state):
            let isGood = state?["steady_state_met"] == true
            end("hypothesis \(phase.rawValue) the method", "hypothesis", now, isGood: isGood, isOver: iteration == nil)
        case .activityStarted(_, .hypothesis), .activityCompleted(_, .hypothesis, _): return nil
        case .activityStarted(let activity, let place): begin(activity.name, Self.kind(activity, place), now)
        case .activityCompleted(let activity, let place, let record):
            let isGood = record["status"] == "succeeded" && record["tolerance_met"] != false
            end(activity.name, Self.kind(activity, place), now, isGood: isGood)
        default: return nil
        }
        return run
    }

    /// Ends the run.
    mutating func end(_ outcome: UpExperiment.Outcome, at now: Timestamp) -> ExperimentRun {
        for index in run.activities.indices where run.activities[index].end == nil { run.activities[index].end = now }
        run.end = now
        (run.state, run.outcome) =
            switch outcome {
            case .passed: ("passed", "It ended, and the system did not deviate.")
            case .deviated(let text): ("deviated", text)
            case .failed(let text): ("failed", text)
            case .interrupted: ("interrupted", "It was stopped; its rollbacks were played.")
            }
        return run
    }

    private static func kind(_ activity: Activity, _ place: RunEvent.Place) -> String {
        place == .rollbacks ? "rollback" : activity.kind.rawValue
    }

    private mutating func begin(_ name: String, _ kind: String, _ now: Timestamp) {
        run.activities.append(.init(name: name, kind: kind, start: now, end: nil, isGood: true))
    }

    private mutating func end(_ name: String, _ kind: String, _ now: Timestamp, isGood: Bool, isOver: Bool = true) {
        guard
            let index = run.activities.lastIndex(where: { $0.name == name && $0.kind == kind && $0.end == nil })
        else { return }
        if isOver { run.activities[index].end = now }
        if !isGood { run.activities[index].isGood = false }
    }
}
