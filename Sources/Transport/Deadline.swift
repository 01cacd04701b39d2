/// A point in monotonic time.
struct Deadline {
    private let start = EventLoop.nanoseconds()
    private let limit: Duration

    /// A deadline so far from now.
    init(after limit: Duration) { self.limit = limit }

    /// How long it has been.
    var elapsed: Duration { .nanoseconds(Int64(EventLoop.nanoseconds() - start)) }
    /// What is left, at least zero.
    var left: Duration { max(limit - elapsed, .zero) }
}
