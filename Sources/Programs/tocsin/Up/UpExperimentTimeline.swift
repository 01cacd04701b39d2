import Basics
import Experiments
import JSON
import LocalHistory

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
        // For Chaos Toolkit an answer of 500 is an answer; a rollback that gets one has put nothing back.
        for index in run.activities.indices where run.activities[index].kind == Self.rollback {
            if outcome.brokenRollbacks.contains(run.activities[index].name) { run.activities[index].isGood = false }
        }
        (run.state, run.outcome) = (outcome.verdict.rawValue, outcome.text)
        return run
    }

    private static func kind(_ activity: Activity, _ place: RunEvent.Place) -> String {
        place == .rollbacks ? rollback : activity.kind.rawValue
    }

    private static let rollback = "rollback"

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
