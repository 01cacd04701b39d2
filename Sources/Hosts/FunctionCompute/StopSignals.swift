import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for.
final class StopSignals: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

    private init() {}

    /// Keeps both from ending the process, in this thread and those that it starts.
    static func block() -> StopSignals {
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
        return StopSignals()
    }

    /// Blocks the thread until one arrives.
    ///
    /// A second one ends the process at once.
    func receive() {
        var set = Self.signals
        var signal: Int32 = 0
        while sigwait(&set, &signal) != 0 {}
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        continuation.finish()
    }

    /// Returns when ``receive()`` has.
    func wait() async {
        for await _ in stream {}
    }

    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
