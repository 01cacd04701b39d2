// Not a serial executor too: a job then counts as isolated to it, and every call of a nonisolated function suspends.
extension EventLoop: TaskExecutor {
    /// Queues a job of the Swift runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        add(UnownedJob(job))
    }

    func run(_ job: UnownedJob) {
        job.runSynchronously(on: asUnownedTaskExecutor())
    }

    /// Runs a body on the loop; costs nothing when the calling task is there already.
    func hop<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
        if isCurrent { return try await body() }
        return try await withTaskExecutorPreference(self, operation: body)
    }
}
