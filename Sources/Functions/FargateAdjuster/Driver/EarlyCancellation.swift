import Glibc
import JSON
import Processes
import Synchronization

/// Ends the program by a signal before a run takes the signals: with a result line, as a servo takes an end without one
/// for a broken driver.
///
/// Nothing has been changed by then, and nothing been written to standard output.
enum EarlyCancellation {
    private static let hasEnded = Atomic(false)
    /// The result line, in memory that a signal handler can read.
    nonisolated(unsafe) private static let line: UnsafeRawBufferPointer = {
        let line: JSONValue = [
            "status": "failed", "reason": .string(FailureCause.Kind.cancelled.rawValue), "error": "failure",
            "class": "AdjustError", "message": "cancelled by a signal before anything was changed",
        ]
        let bytes = Array("\(line.pythonJSON)\n".utf8)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(copy)
    }()

    /// Takes the signals that cancel an adjustment.
    static func install() {
        // Made here: a handler must not allocate.
        _ = (line.count, hasEnded.load(ordering: .relaxed))
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            guard !EarlyCancellation.hasEnded.load(ordering: .acquiring) else {
                // After the run. A servo may answer the last progress line with SIGUSR1, before it reads the result.
                if number != SIGUSR1 { _exit(128 + number) }
                return
            }
            let line = EarlyCancellation.line
            _ = write(STDOUT_FILENO, line.baseAddress, line.count)
            _exit(1)
        }
        action.sa_flags = SA_RESTART
        sigfillset(&action.sa_mask)
        // A program inherits the set that its parent has blocked.
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        for number in [SIGUSR1, SIGTERM, SIGINT, SIGHUP] where number != SIGHUP || !isIgnored(SIGHUP) {
            sigaction(number, &action, nil)
            sigaddset(&unblocked, number)
        }
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    /// Called when a run has taken the signals; they come back here after it.
    static func end() { hasEnded.store(true, ordering: .releasing) }
}
