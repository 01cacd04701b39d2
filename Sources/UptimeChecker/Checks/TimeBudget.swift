import Transport

/// How long one check may take, and how much of that is left; on a clock that only goes forward.
struct TimeBudget: Sendable {
    let limit: Duration
    private let start = ContinuousClock.now

    init(_ limit: Duration) { self.limit = limit }

    var elapsed: Duration { ContinuousClock.now - start }

    /// What is left, for the time limit of the next operation.
    /// - Throws: `CheckFailure` when nothing is.
    var remaining: Duration {
        get throws(CheckFailure) {
            let remaining = limit - elapsed
            guard remaining > .zero else {
                throw CheckFailure("its time limit of \(limit.text) was reached", isTimeout: true)
            }
            return remaining
        }
    }
}
