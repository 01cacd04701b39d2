/// How a failure is confirmed within one run before it counts: `retry`.
struct Confirmation: Sendable, Hashable {
    /// `attempts`: how often an endpoint is checked before it is down, from 1, which means at once.
    var attempts = 1
    /// `interval`: the pause between two attempts.
    var interval = Duration.seconds(2)
}
