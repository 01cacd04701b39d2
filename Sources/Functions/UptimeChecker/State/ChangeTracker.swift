import Basics
import Events
import JSON
import Synchronization

/// Finds the changes of state in the results of a run, publishes them and saves the new state for the next run.
///
/// The start of an outage is saved first, because it is part of the ids of its changes. Changes are published before
/// they are saved: when the process or the store fails in between, the next run publishes them again, with the same
/// ids. What could not be published is not saved, so that the next run tries again. What could not be saved is kept in
/// this process, so that a store that takes nothing does not repeat every outage with every run.
final class ChangeTracker: Sendable {
    private let store: EndpointStateStore
    private let publishChanges: UptimeChecker.Platform.Publish?
    private let thresholds: Thresholds
    private let region: String
    private let writers: Int
    private let time: TimeSource
    private let memory = Mutex(Memory())

    /// What this process knows of the state.
    private struct Memory {
        /// The newest state that was loaded or saved, for a run that cannot load it.
        var stored: StateSnapshot?
        /// What could not be saved, by the endpoints' keys; valid as long as the store still has `base`.
        var unsaved: [String: (base: EndpointState?, state: EndpointState?)] = [:]
    }

    /// - Parameter writers: how many functions may save to the store at the same time: the shards of a file. Where all
    ///   endpoints are in one document, each of them can come first up to twice.
    init(
        store: EndpointStateStore, publish: UptimeChecker.Platform.Publish?, thresholds: Thresholds, region: String,
        writers: Int = 1, time: TimeSource
    ) {
        self.store = store
        publishChanges = publish
        self.thresholds = thresholds
        self.region = region
        self.writers = writers
        self.time = time
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

        /// Adds what became of the changes of other results of the run.
        mutating func add(_ other: Outcome) {
            changes += other.changes
            unpublished.formUnion(other.unpublished)
            publishingFailure = publishingFailure ?? other.publishingFailure
            stateFailure = stateFailure ?? other.stateFailure
            downSince.merge(other.downSince) { $1 }
        }
    }

    /// How often the results are compared with the state again because another run has saved in between.
    private var maximumRounds: Int { 3 + 2 * (writers - 1) }
    /// How long a change waits, at most, for the start of its outage to be saved.
    private static let announcementTime = Duration.seconds(2)

    /// Compares results with the state, publishes what has changed and saves it.
    func track(_ results: [CheckResult], until deadline: Timestamp) async -> Outcome {
        var outcome = Outcome()
        var published: Set<String> = []
        var hasAnnounced = false
        var rounds = 0
        while rounds < maximumRounds {
            guard let stored = await stored(until: deadline, &outcome) else { return outcome }
            let unsaved = unsaved(since: stored)
            let known = stored.applying(unsaved)
            let comparison = compare(results, with: known)
            if !hasAnnounced, !comparison.announcements.isEmpty, outcome.stateFailure == nil {
                hasAnnounced = true
                await announce(comparison.announcements, over: stored, until: deadline, &outcome)
                continue  // with the outages that other runs have announced meanwhile
            }
            rounds += 1
            // An outage that this run has published, and that a result of another one has ended before it was saved.
            let over = outcome.changes.filter { change in
                change.state == .down && known.endpoints[EndpointState.key(of: change)]?.state != .down
                    && !comparison.changes.contains { $0.id == change.id }
            }
            let changes = comparison.changes + over.map { $0.ended(at: time.now()) }
            let new = changes.filter { !published.contains($0.id) }
            await publish(new, until: deadline, &published, &outcome)
            outcome.unpublished = comparison.unpublished(published)
            let entries = unsaved.merging(comparison.states.filter { !outcome.unpublished.contains($0.key) }) { $1 }
            let next = stored.applying(entries)
            remember(entries, unsavedIn: stored)
            outcome.downSince = next.endpoints.compactMapValues { $0.state == .down ? $0.since : nil }
            guard !entries.isEmpty, outcome.stateFailure == nil else { return outcome }
            do {
                if try await store.save(entries, to: stored, until: deadline) {
                    memory.withLock { $0 = Memory(stored: next) }
                    return outcome
                }
            } catch {
                outcome.stateFailure = "\(error)"
                return outcome
            }
        }
        outcome.stateFailure = "other runs saved the state \(maximumRounds) times while this run tried to"
        return outcome
    }

    /// How results differ from the state.
    private struct Comparison {
        /// The new states of endpoints; `nil` for one that is forgotten.
        var states: [String: EndpointState?] = [:]
        var changes: [UptimeChange] = []
        /// The id of the change behind a new state, by the endpoint's key; most new states only count runs.
        var changeIDs: [String: String] = [:]
        /// The states that say when outages began that the stored state says nothing of, by the endpoints' keys.
        var announcements: [String: EndpointState] = [:]

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
                comparison.announcements[result.key] = EndpointState.announcement(known, of: change)
            }
        }
        return comparison
    }

    private func stored(until deadline: Timestamp, _ outcome: inout Outcome) async -> StateSnapshot? {
        do {
            let stored = try await store.load(until: deadline)
            memory.withLock { $0.stored = stored }
            return stored
        } catch {
            outcome.stateFailure = "\(error)"
            return memory.withLock { $0.stored }
        }
    }

    /// What this process could not save, but for endpoints that another process has saved since.
    private func unsaved(since stored: StateSnapshot) -> [String: EndpointState?] {
        memory.withLock { memory in
            memory.unsaved.filter { stored.endpoints[$0.key] == $0.value.base }.mapValues { $0.state }
        }
    }

    private func remember(_ entries: [String: EndpointState?], unsavedIn stored: StateSnapshot) {
        memory.withLock { memory in
            memory.unsaved = [:]
            for (key, state) in entries { memory.unsaved[key] = (base: stored.endpoints[key], state: state) }
        }
    }

    /// Saves when outages began, so that every run that publishes them makes the same ids.
    ///
    /// A store that is slow or fails does not hold the changes up.
    private func announce(
        _ states: [String: EndpointState], over stored: StateSnapshot, until deadline: Timestamp,
        _ outcome: inout Outcome
    ) async {
        let entries = unsaved(since: stored).merging(states.mapValues { $0 }) { $1 }
        remember(entries, unsavedIn: stored)
        let end = min(deadline, time.now() + Self.announcementTime)
        do {
            var base = stored
            for round in 1...2 * writers - 1 {
                if try await store.save(entries, to: base, until: end) || round == 2 * writers - 1 { return }
                let current = try await store.load(until: end)
                // Where another run has saved these endpoints, the results are compared again. Where another shard has
                // saved its own in the same document, the start of the outages still has to be saved.
                guard entries.keys.allSatisfy({ current.endpoints[$0] == base.endpoints[$0] }) else { return }
                base = current
            }
        } catch {
            // Of thousands of outages only so many starts are saved in that time; the states are, after the changes.
            if time.now() < end { outcome.stateFailure = "\(error)" }
        }
    }

    private func publish(
        _ changes: [UptimeChange], until deadline: Timestamp, _ published: inout Set<String>, _ outcome: inout Outcome
    ) async {
        // An earlier round's failure is over when another run has published and saved the change since.
        outcome.publishingFailure = nil
        guard !changes.isEmpty else { return }
        guard let publishChanges else {
            published.formUnion(changes.map(\.id))
            outcome.changes += changes
            return
        }
        let (done, failure) = await publishChanges(changes, deadline)
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
