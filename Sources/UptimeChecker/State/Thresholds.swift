/// How many runs in a row it takes to change an endpoint's state: `UPTIME_FAILURE_THRESHOLD`, `UPTIME_SUCCESS_THRESHOLD`.
struct Thresholds: Sendable, Hashable {
    var failures = 1
    var successes = 1
}
