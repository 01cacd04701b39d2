import JSON
import Synchronization
import Transport

/// A clock that moves only when somebody sleeps on it, and remembers the sleeps.
final class ManualClock: Sendable {
    private let state: Mutex<(now: Timestamp, sleeps: [Duration])>

    init(_ start: Timestamp = Timestamp(secondsSinceEpoch: 1_700_000_000)) { state = Mutex((start, [])) }

    var now: Timestamp { state.withLock { $0.now } }
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

    /// Chance is always one half.
    var source: TimeSource {
        TimeSource(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock {
                    $0.sleeps.append(duration)
                    $0.now += duration
                }
            },
            random: { 0.5 }
        )
    }
}
