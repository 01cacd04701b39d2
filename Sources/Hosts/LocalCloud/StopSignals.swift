@preconcurrency import Dispatch  // its sources are safe from any thread, but not marked so
import Glibc

/// Where the signal handler writes; set before there is a handler.
private nonisolated(unsafe) var signalPipe: Int32 = -1

/// Runs the body; Ctrl-C, SIGTERM and SIGHUP cancel it, so that it ends what it started.
///
/// A second signal ends the process at once, and the kernel its children.
/// - Returns: what the body returns.
/// - Throws: what the body throws: `CancellationError`, usually, after a signal.
public func withStopSignals<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return try await body() }
    for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    signalPipe = ends[1]
    // A pipe, so that no signal is lost between here and the moment that somebody listens.
    for number in [SIGINT, SIGTERM, SIGHUP] {
        signal(number) { number in
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipe, &byte, 1)
        }
    }
    let work = Task { try await body() }
    let reading = ends[0]
    let source = DispatchSource.makeReadSource(fileDescriptor: reading)
    source.setEventHandler {
        var byte: UInt8 = 0
        while read(reading, &byte, 1) == 1 {
            if work.isCancelled { _exit(128 + Int32(byte)) }
            work.cancel()
        }
    }
    source.activate()
    defer { source.cancel() }
    return try await work.value
}
