import Basics
import DurableExecution
import JSON

/// Plays the activities of the method or of the rollbacks: one after another, those in the background beside them.
struct SequenceRunner: Sendable {
    /// What became of a sequence.
    struct Outcome: Sendable {
        /// The records in the order in which the activities started, as the journal has them.
        var records: [JSONValue]
        /// What ended the sequence early; nil when all activities were played.
        var end: End?
    }

    /// Why a sequence ended early.
    enum End: Sendable {
        case unforeseen(String)
        case interrupted
        /// The hypothesis failed meanwhile.
        case stopped
    }

    /// Ends the activities in the background, too.
    private struct LeaveAtOnce: Error {}

    private struct Played: Sendable {
        let index: Int
        let activity: Activity
        let record: ActivityRecord
    }

    let context: RunContext
    let place: RunEvent.Place
    let activities: [Activity]

    /// Plays them, and waits for those in the background.
    func play(on scope: DurableScope) async throws -> Outcome {
        var played: [Played] = []
        var background: [(index: Int, activity: Activity, branch: DurableBranch)] = []
        var end: End?
        do {
            end = try await scope.concurrently { branches in
                let end = try await playInOrder(&played, &background, &branches, scope)
                if context.interruption.reason?.kind == .leaveAtOnce { throw LeaveAtOnce() }
                return end
            }
        } catch is LeaveAtOnce {
            end = .interrupted
        }
        for (index, activity, branch) in background {
            do {
                let value = try await branch.value()
                // Null for an activity that did not begin.
                guard value != .null else { continue }
                played.append(Played(index: index, activity: activity, record: ActivityRecord(json: value)))
            } catch is CancellationError where context.interruption.reason?.kind == .leaveAtOnce {}
        }
        if end == nil, try await isInterruptedAfterLast(scope) { end = .interrupted }
        let isStrict = context.failsUnforeseen(in: place)
        return Outcome(
            records: Self.inOrder(played).map { .object($0.record.journal(of: $0.activity, isStrict: isStrict)) },
            end: end)
    }

    /// Whether the end was demanded in the pause of the last activity, or while those in the background were awaited.
    private func isInterruptedAfterLast(_ scope: DurableScope) async throws -> Bool {
        do {
            try await context.checkInterruption(scope)
            return false
        } catch let error as ExperimentError where error.code == .interrupted {
            return true
        }
    }

    /// Sorted by their starts.
    ///
    /// An activity in the background that has no pause before it counts as started before those that follow it,
    /// although the loop may come to one of them first.
    private static func inOrder(_ played: [Played]) -> [Played] {
        var keyed: [(start: Timestamp, played: Played)] = []
        var earliest: Timestamp?
        for played in played.sorted(by: { $0.index > $1.index }) {
            var start = played.record.start
            let pause = played.activity.declaration["pauses"]?["before"] ?? .null
            if played.activity.isBackground, !Python.isTrue(pause) { start = min(start, earliest ?? start) }
            earliest = min(start, earliest ?? start)
            keyed.append((start, played))
        }
        return keyed.sorted { ($0.start, $0.played.index) < ($1.start, $1.played.index) }.map(\.played)
    }

    private func playInOrder(
        _ played: inout [Played], _ background: inout [(index: Int, activity: Activity, branch: DurableBranch)],
        _ branches: inout DurableBranches, _ scope: DurableScope
    ) async throws -> End? {
        var rest = activities[...]
        var index = 0
        while let activity = rest.popFirst() {
            defer { index += 1 }
            do {
                try await context.gates.handOver(context.time, on: scope)
                try await context.checkInterruption(scope)
                if try await shouldStop(scope) { return .stopped }
                if let name = activity.unknownReference {
                    return .unforeseen("could not find referenced activity '\(name)'")
                }
                guard !activity.isBackground else {
                    background.append((index, activity, start(activity, key: key(index), &branches)))
                    continue
                }
                let record = try await ActivityRunner(context: context, place: place).run(
                    activity, key: key(index), on: scope)
                played.append(Played(index: index, activity: activity, record: record))
                let repetitions = repetitions(of: activity, record)
                if !repetitions.isEmpty { rest = (repetitions + rest)[...] }
                switch record.ending {
                case .succeeded, .failed: break
                case .unforeseen(let message): return .unforeseen(message)
                case .interrupted: try await context.checkInterruption(scope)
                }
            } catch let error as ExperimentError where error.code == .interrupted {
                return .interrupted
            }
        }
        return nil
    }

    /// Names the execution of the activity at a position: `method.3`.
    private func key(_ index: Int) -> String { "\(place.rawValue).\(index)" }

    /// Starts an activity in the background; the branch's value is its record.
    private func start(_ activity: Activity, key: String, _ branches: inout DurableBranches) -> DurableBranch {
        let runner = ActivityRunner(context: context, place: place, isBackground: true)
        return branches.start(activity.stepName) { scope in
            do {
                return try await runner.run(activity, key: key, on: scope).json
            } catch let error as ExperimentError where error.code == .interrupted {
                return .null
            }
        }
    }

    /// The copies of an activity that the control which repeats activities wants, each with its `iteration_index`.
    private func repetitions(of activity: Activity, _ record: ActivityRecord) -> [Activity] {
        guard activity.declaration["iteration_index"] == nil else { return [] }
        var succeeded = false
        if case .succeeded = record.ending { succeeded = true }
        return (0..<context.controls.repetitions(of: activity, succeeded: succeeded, context)).map { index in
            var copy = activity
            copy.declaration["iteration_index"] = JSONValue(index + 1)
            return copy
        }
    }

    /// Whether the hypothesis has ended the method; remembered like an interruption.
    private func shouldStop(_ scope: DurableScope) async throws -> Bool {
        guard place == .method else { return false }
        guard scope.isNext("stopped") || !scope.isReplaying && context.methodStop.isRaised else { return false }
        _ = try await scope.step("stopped") { true }
        return true
    }
}
