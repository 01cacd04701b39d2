import JSON
import Synchronization

/// Which endpoints a scheduled run checks: those whose `interval` is over since they were checked last.
///
/// Kept in the process: a new one checks everything, which is once more than needed and never less. No state is read
/// or written for it, and runs that overlap cannot disturb each other.
final class DueTimes: Sendable {
    private let lastChecks = Mutex<[String: Timestamp]>([:])

    /// Schedules are not exact: an endpoint may be this much early, or half its interval if that is less.
    private static let tolerance = Duration.seconds(30)

    /// The endpoints that are due, which count as checked now.
    func take(from endpoints: [Endpoint], at now: Timestamp) -> [Endpoint] {
        lastChecks.withLock { lastChecks in
            endpoints.filter { endpoint in
                let key = endpoint.key
                let pause = endpoint.interval - min(endpoint.interval / 2, Self.tolerance)
                if let last = lastChecks[key], now >= last, now - last < pause { return false }
                lastChecks[key] = now
                return true
            }
        }
    }

    /// Takes back that endpoints were checked: those for which there was no time are due in the next run.
    func giveBack(_ results: [CheckResult]) {
        let unchecked = results.filter { $0.attempts == 0 }
        guard !unchecked.isEmpty else { return }
        lastChecks.withLock { lastChecks in
            for result in unchecked { lastChecks[result.key] = nil }
        }
    }
}
