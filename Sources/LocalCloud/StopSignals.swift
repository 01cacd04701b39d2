@preconcurrency import Dispatch  // its sources are safe from any thread, but not marked so
import Glibc

/// Runs the body; Ctrl-C, SIGTERM and SIGHUP cancel it, so that it ends what it started.
///
/// A second signal ends the process at once, and the kernel its children.
/// - Returns: what the body returns.
/// - Throws: what the body throws: `CancellationError`, usually, after a signal.
public func withStopSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let work = Task { try await body() }
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            if work.isCancelled { _exit(128 + number) }
            work.cancel()
        }
        source.activate()
        return source
    }
    defer { for source in sources { source.cancel() } }
    return try await work.value
}
