import Basics
import Events

/// Takes a result that was pushed into the state, and publishes the change that it makes.
///
/// Other than ``ChangeTracker`` it keeps nothing in the process: whoever pushes is told when the result could not be
/// kept, and sends it again. Runs and other pushes may save at the same time; then it looks again at what is there.
struct PushTracker: Sendable {
    let store: EndpointStateStore
    let publish: UptimeChecker.Platform.Publish?
    let thresholds: Thresholds
    let region: String
    let time: TimeSource

    /// How often it looks again because somebody else has saved in between: many may push into one document of S3.
    private static let maximumRounds = 10
    /// The longest pause before the second look; that before the next one is twice as long, up to a second.
    private static let pause = Duration.milliseconds(20)

    /// - Returns: what was published, and why the result is not stored; it is when there is no failure.
    func track(_ result: CheckResult, until deadline: Timestamp) async -> ChangeTracker.Outcome {
        var outcome = ChangeTracker.Outcome()
        do {
            var hasAnnounced = false
            for round in 0..<Self.maximumRounds {
                if round > 0 { try await time.sleep(pause(before: round)) }
                let stored = try await store.load(key: result.key, until: deadline)
                let known = stored.endpoints[result.key]
                let (next, change) = EndpointState.next(known, result, thresholds, region: region)
                // As for a run: the start of an outage is in the id of its change, so that a second try has the same.
                if !hasAnnounced, let change, let announced = EndpointState.announcement(known, of: change) {
                    hasAnnounced = true
                    _ = try await store.save([result.key: announced], to: stored, until: deadline)
                    continue
                }
                if let change, !outcome.changes.contains(where: { $0.id == change.id }) {
                    guard await take(change, until: deadline, &outcome) else { return outcome }
                }
                // A later push was good and has come first: nobody else tells that the outage is over.
                if change == nil, known?.state != .down, let down = outcome.changes.last, down.state == .down {
                    _ = await take(down.ended(at: time.now()), until: deadline, &outcome)
                    return outcome
                }
                guard next != known else { return outcome }
                if try await store.save([result.key: next], to: stored, until: deadline) { return outcome }
            }
            outcome.stateFailure = "others saved the state \(Self.maximumRounds) times while this result came"
        } catch {
            outcome.stateFailure = "\(error)"
        }
        return outcome
    }

    private func pause(before round: Int) -> Duration {
        min(Self.pause * (1 << min(round - 1, 6)), .seconds(1)) * time.random()
    }

    /// - Returns: whether it is published, or there is nowhere to publish it.
    private func take(
        _ change: UptimeChange, until deadline: Timestamp, _ outcome: inout ChangeTracker.Outcome
    ) async -> Bool {
        if let publish {
            let (published, failure) = await publish([change], deadline)
            guard published.contains(change.id) else {
                outcome.publishingFailure = failure ?? "it is not said that the change was taken"
                return false
            }
        }
        outcome.changes.append(change)
        return true
    }
}
