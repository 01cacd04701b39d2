import Basics
import Events
import JSON
import Synchronization

/// Tells the changes of state that the results of a run amount to, and remembers them for the next run.
///
/// Changes are published before they are saved: when the process or the store fails in between, the next run publishes
/// them again, with the same ids. What could not be published is not saved, so that the next run tries again.
final class ChangeTracker: Sendable {
    private let store: any StateStore
    private let publisher: ChangePublisher?
    private let thresholds: Thresholds
    private let region: String
    /// The last state that is known, for a run that cannot read it.
    private let lastKnown = Mutex<StateSnapshot?>(nil)

    init(store: any StateStore, publisher: ChangePublisher?, thresholds: Thresholds, region: String) {
        self.store = store
        self.publisher = publisher
        self.thresholds = thresholds
        self.region = region
    }

    /// What became of the changes of a run.
    struct Outcome: Sendable {
        /// All changes that were told, or, without a topic, seen.
        var changes: [UptimeChange] = []
        /// How many changes wait for the next run.
        var unpublished = 0
        /// Why changes were not published.
        var publishingFailure: String?
        /// Why the state was not read or saved.
        var stateFailure: String?
        /// Since when the endpoints that are down are down, by their keys.
        var downSince: [String: Timestamp] = [:]
    }

    /// How often the results are held against the state while other runs write it too.
    private static let maximumRounds = 3

    /// Compares results with what is known, publishes what has changed and saves it.
    func track(_ results: [CheckResult], until deadline: Timestamp) async -> Outcome {
        var outcome = Outcome()
        var published: Set<String> = []
        for _ in 0..<Self.maximumRounds {
            guard let snapshot = await snapshot(until: deadline, &outcome) else { return outcome }
            let step = step(from: snapshot, results)
            await publish(step.changes.filter { !published.contains($0.id) }, until: deadline, &published, &outcome)
            // What waits to be told stays as it was.
            let entries = step.entries.filter { key, _ in step.changeIDs[key].map(published.contains) ?? true }
            let next = snapshot.applying(entries)
            lastKnown.withLock { $0 = next }
            outcome.downSince = next.endpoints.compactMapValues { $0.state == .down ? $0.since : nil }
            guard !entries.isEmpty, outcome.stateFailure == nil else { return outcome }
            do {
                if try await store.save(entries, to: snapshot, until: deadline) { return outcome }
            } catch {
                outcome.stateFailure = "\(error)"
                return outcome
            }
        }
        outcome.stateFailure = "other runs wrote the state \(Self.maximumRounds) times while this one tried to"
        return outcome
    }

    private struct Step {
        /// Entries that are not what they were.
        var entries: [String: EndpointState?] = [:]
        var changes: [UptimeChange] = []
        /// The id of the change behind an entry, if there is one.
        var changeIDs: [String: String] = [:]
    }

    private func step(from snapshot: StateSnapshot, _ results: [CheckResult]) -> Step {
        var step = Step()
        for result in results {
            let known = snapshot.endpoints[result.key]
            let (next, change) = EndpointState.next(known, result, thresholds, region: region)
            if next != known { step.entries.updateValue(next, forKey: result.key) }
            if let change {
                step.changes.append(change)
                step.changeIDs[result.key] = change.id
            }
        }
        return step
    }

    private func snapshot(until deadline: Timestamp, _ outcome: inout Outcome) async -> StateSnapshot? {
        do { return try await store.load(until: deadline) } catch {
            outcome.stateFailure = "\(error)"
            return lastKnown.withLock { $0 }
        }
    }

    private func publish(
        _ changes: [UptimeChange], until deadline: Timestamp, _ published: inout Set<String>, _ outcome: inout Outcome
    ) async {
        guard !changes.isEmpty else { return }
        guard let publisher else {
            published.formUnion(changes.map(\.id))
            outcome.changes += changes
            return
        }
        let (done, failure) = await publisher.publish(changes, until: deadline)
        published.formUnion(done)
        outcome.changes += changes.filter { done.contains($0.id) }
        outcome.unpublished = changes.count - done.count
        outcome.publishingFailure = failure
    }
}

/// How many runs in a row it takes to change an endpoint's state: `UPTIME_FAILURE_THRESHOLD`, `UPTIME_SUCCESS_THRESHOLD`.
struct Thresholds: Sendable, Hashable {
    var failures = 1
    var successes = 1
}
