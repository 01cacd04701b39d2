import Basics
import Events
import JSON
import Synchronization

/// Finds the changes of state in the results of a run, publishes them and saves the new state for the next run.
///
/// Changes are published before they are saved: when the process or the store fails in between, the next run publishes
/// them again, with the same ids. What could not be published is not saved, so that the next run tries again.
final class ChangeTracker: Sendable {
    private let store: EndpointStateStore
    private let publisher: ChangePublisher?
    private let thresholds: Thresholds
    private let region: String
    /// The newest state that this process knows, for a run that cannot load it.
    private let lastKnown = Mutex<StateSnapshot?>(nil)

    init(store: EndpointStateStore, publisher: ChangePublisher?, thresholds: Thresholds, region: String) {
        self.store = store
        self.publisher = publisher
        self.thresholds = thresholds
        self.region = region
    }

    /// What became of the changes of a run.
    struct Outcome: Sendable {
        /// All changes that were published, or, without a topic, found.
        var changes: [UptimeChange] = []
        /// The endpoints, by their keys, whose changes are left to the next run.
        var unpublished: Set<String> = []
        /// Why changes were not published.
        var publishingFailure: String?
        /// Why the state was not loaded or saved.
        var stateFailure: String?
        /// When the endpoints that are down went down, by their keys.
        var downSince: [String: Timestamp] = [:]
    }

    /// How often the results are compared with the state again because another run has saved in between.
    private static let maximumRounds = 3

    /// Compares results with the state, publishes what has changed and saves it.
    func track(_ results: [CheckResult], until deadline: Timestamp) async -> Outcome {
        var outcome = Outcome()
        var published: Set<String> = []
        for _ in 0..<Self.maximumRounds {
            guard let snapshot = await snapshot(until: deadline, &outcome) else { return outcome }
            let comparison = compare(results, with: snapshot)
            let new = comparison.changes.filter { !published.contains($0.id) }
            await publish(new, until: deadline, &published, &outcome)
            outcome.unpublished = comparison.unpublished(published)
            let entries = comparison.states.filter { !outcome.unpublished.contains($0.key) }
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
        outcome.stateFailure = "other runs saved the state \(Self.maximumRounds) times while this run tried to"
        return outcome
    }

    /// How results differ from the state.
    private struct Comparison {
        /// The new states of endpoints; `nil` for one that is forgotten.
        var states: [String: EndpointState?] = [:]
        var changes: [UptimeChange] = []
        /// The id of the change behind a new state, by the endpoint's key; most new states only count runs.
        var changeIDs: [String: String] = [:]

        /// The endpoints whose changes are not among the published ones; they keep their old state.
        func unpublished(_ published: Set<String>) -> Set<String> {
            Set(changeIDs.filter { !published.contains($0.value) }.keys)
        }
    }

    private func compare(_ results: [CheckResult], with snapshot: StateSnapshot) -> Comparison {
        var comparison = Comparison()
        for result in results {
            let known = snapshot.endpoints[result.key]
            let (next, change) = EndpointState.next(known, result, thresholds, region: region)
            if next != known { comparison.states.updateValue(next, forKey: result.key) }
            if let change {
                comparison.changes.append(change)
                comparison.changeIDs[result.key] = change.id
            }
        }
        return comparison
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
        // An earlier round's failure is over when another run has published and saved the change since.
        outcome.publishingFailure = nil
        guard !changes.isEmpty else { return }
        guard let publisher else {
            published.formUnion(changes.map(\.id))
            outcome.changes += changes
            return
        }
        let (done, failure) = await publisher.publish(changes, until: deadline)
        published.formUnion(done)
        outcome.changes += changes.filter { done.contains($0.id) }
        outcome.publishingFailure = failure
    }
}

/// How many runs in a row it takes to change an endpoint's state: `UPTIME_FAILURE_THRESHOLD` and
/// `UPTIME_SUCCESS_THRESHOLD`.
struct Thresholds: Sendable, Hashable {
    var failures = 1
    var successes = 1
}
