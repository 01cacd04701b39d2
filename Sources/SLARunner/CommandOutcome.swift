/// How a command ended.
public struct CommandOutcome: Sendable, Hashable {
    /// What ended it.
    public enum Ending: Sendable, Hashable {
        /// Its exit code, or the negated number of the signal that ended it.
        case exited(Int32)
        /// It could not be run, for this reason.
        case failed(String)
        /// It ran longer than its limit and was killed.
        case timedOut
        /// The runner was asked to stop and the command did not end in time: nothing is known about the service.
        case stopped
    }

    /// What ended it.
    public let ending: Ending
    /// How long it ran, by a clock that nobody sets.
    public let duration: Duration

    /// Makes an outcome.
    public init(_ ending: Ending, after duration: Duration) {
        self.ending = ending
        self.duration = duration
    }

    /// Whether the command ended by itself with 0.
    public var succeeded: Bool { ending == .exited(0) }

    /// The exit code for people: as shells have it, 127 for a program that could not be run, 124 for one out of time.
    public var exitCode: Int32 {
        switch ending {
        case .exited(let code): code
        case .failed: 127
        case .timedOut, .stopped: 124
        }
    }
}
