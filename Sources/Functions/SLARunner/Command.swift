import Basics
import Glibc
import JSON

/// The test command, read from `SLARUNNER_COMMAND`.
enum Command: Sendable, Hashable {
    /// A line for `/bin/sh -c`.
    case shell(String)
    /// A program and its arguments, run without a shell.
    case direct([String])

    private static let shellPath = "/bin/sh"

    /// Reads the variable: a JSON array of strings such as `["/app/test", "-x"]` is run directly, all else by a shell.
    ///
    /// Without a shell, as in an image made `FROM scratch`, a line without shell syntax is split at its spaces and run
    /// directly.
    /// - Throws: ``SLARunnerError`` `noShell` when the line needs a shell that is not there.
    init(_ text: String, hasShell: Bool) throws(SLARunnerError) {
        if let words = Self.jsonArray(text) {
            self = .direct(words)
        } else if hasShell {
            self = .shell(text)
        } else if Self.needsShell(text) {
            throw SLARunnerError(
                .noShell,
                "SLARUNNER_COMMAND needs \(Self.shellPath), which is not here. Add a shell, or name a program and "
                    + #"its arguments as a JSON array: SLARUNNER_COMMAND='["/app/test", "-x"]'"#)
        } else {
            self = .direct(text.split(separator: " ").map(String.init))
        }
    }

    /// The program and its arguments.
    var words: [String] {
        switch self {
        case .shell(let line): [Self.shellPath, "-c", line]
        case .direct(let words): words
        }
    }

    /// Whether this machine has a shell.
    static var hasShell: Bool { access(shellPath, X_OK) == 0 }

    private static func jsonArray(_ text: String) -> [String]? {
        guard text.hasPrefix("["), let items = try? JSONValue(parsing: text).arrayValue else { return nil }
        let words = items.compactMap(\.stringValue)
        return words.isEmpty || words.count < items.count ? nil : words
    }

    private static func needsShell(_ text: String) -> Bool {
        text.contains { !$0.isASCII || "\n\t\\'\"`$&|;<>()[]{}*?!#~=%".contains($0) } || text.allSatisfy { $0 == " " }
    }
}

/// Runs the test command: `CommandRun`, or a script in tests of the loop.
protocol CommandExecuting: Sendable {
    /// Runs the command once, to its end.
    /// - Parameter output: Called with each piece of standard output and standard error, in the order of their arrival.
    ///
    /// Cancelling the task kills the command and its children at once.
    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome
}

/// How a command ended.
struct CommandOutcome: Sendable, Hashable {
    /// The reason of the end.
    enum Ending: Sendable, Hashable {
        /// Its exit code, or the negated number of the signal that ended it.
        case exited(Int32)
        /// It could not be run, for this reason.
        case failed(String)
        /// It ran longer than its limit and was killed.
        case timedOut
        /// The runner was asked to stop and the command did not end in time: there is no result.
        case stopped
    }

    let ending: Ending
    /// How long it ran, by the monotonic clock.
    let duration: Duration

    init(_ ending: Ending, after duration: Duration) {
        self.ending = ending
        self.duration = duration
    }

    /// Whether the command exited with 0.
    var succeeded: Bool { ending == .exited(0) }

    /// The exit code to show; as in shells, 127 for a program that could not be run and 124 after the time limit.
    var exitCode: Int32 {
        switch ending {
        case .exited(let code): code
        case .failed: 127
        case .timedOut, .stopped: 124
        }
    }
}
