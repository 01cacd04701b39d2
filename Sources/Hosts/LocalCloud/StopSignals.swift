import Glibc
import Transport

/// Runs the body; Ctrl-C, SIGTERM and SIGHUP cancel it, so that it ends what it started.
///
/// A second signal ends the process at once, and the kernel its children.
/// - Returns: what the body returns.
/// - Throws: what the body throws: `CancellationError`, usually, after a signal.
public func withStopSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let loop = try EventLoop.onOwnThread()
    defer { loop.stop() }
    let stop = try await loop.stopRequest(by: SIGINT, SIGTERM, SIGHUP)
    let work = Task { try await body() }
    let stopping = Task {
        await stop.wait()
        work.cancel()
    }
    defer { stopping.cancel() }
    return try await work.value
}
