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
        let records = Locked([Played]())
        let runner = ActivityRunner(context: context, place: place)
        let end = try await withThrowingTaskGroup(of: Void.self) { group in
            let end = try await playInOrder(runner, records, &group, scope)
            if context.interruption.reason?.kind == .leaveAtOnce { group.cancelAll() }
            do {
                try await group.waitForAll()
            } catch is CancellationError where context.interruption.reason?.kind == .leaveAtOnce {}
            return end
        }
        let ordered = records.withLock { $0 }.sorted { ($0.record.start, $0.index) < ($1.record.start, $1.index) }
        return Outcome(records: ordered.map { .object($0.record.journal(of: $0.activity)) }, end: end)
    }

    private func playInOrder(
        _ runner: ActivityRunner, _ records: Locked<[Played]>,
        _ group: inout ThrowingTaskGroup<Void, any Error>, _ scope: DurableScope
    ) async throws -> End? {
        var rest = activities[...]
        var index = 0
        while let activity = rest.popFirst() {
            defer { index += 1 }
            do {
                try await context.checkInterruption(scope)
                if try await shouldStop(scope) { return .stopped }
                if let name = activity.unknownReference {
                    return .unforeseen("could not find referenced activity '\(name)'")
                }
                if activity.isBackground {
                    let child = scope.reserveChild(activity.stepName)
                    let runner = ActivityRunner(context: context, place: place, isBackground: true)
                    let position = index
                    group.addTask {
                        _ = try await child.run { scope in
                            let record = try await runner.run(activity, on: scope)
                            records.withLock {
                                $0.append(Played(index: position, activity: activity, record: record))
                            }
                            return .null
                        }
                    }
                    continue
                }
                let record = try await runner.run(activity, on: scope)
                records.withLock { [index] in $0.append(Played(index: index, activity: activity, record: record)) }
                rest = (repetitions(of: activity, record) + rest)[...]
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
        guard scope.isNext("stopped") || !scope.isReplaying && context.methodStop.isRaised else { return false }
        _ = try await scope.step("stopped") { true }
        return true
    }
}
