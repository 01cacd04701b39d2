public import Basics
import Glibc
public import Transport

/// A program that is run for its output, within limits of time and size.
///
/// It stays in the process group of this program, so that it can ask for something at the terminal and Ctrl-C ends it.
/// Its standard input is empty unless `inheritsInput` or `input` is set.
public struct ChildCommand: Sendable {
    /// The program, which is looked up in this process's `PATH`, and its arguments; no shell reads them.
    public var words: [String]
    /// Its whole environment; nil for that of this process.
    public var environment: [String: String]?
    /// Whether it reads this process's standard input.
    public var inheritsInput = false
    /// What it reads from its standard input; nil for an empty one.
    public var input: [UInt8]?
    /// Whether its standard error goes where this process's goes; else ``Result/errors`` holds it.
    public var showsErrors = false
    /// When it has not ended by then, it gets SIGTERM, and SIGKILL two seconds later.
    public var timeout: Duration
    /// The most bytes of standard output; a program that writes more is killed.
    public var maximumOutput = 1 << 20

    /// How much of standard error is kept, in bytes.
    private static let maximumErrors = 16 << 10
    /// Between SIGTERM and SIGKILL.
    private static let grace = Duration.seconds(2)

    /// What the program answered.
    public struct Result: Sendable {
        /// Its exit code, or the negated number of the signal that ended it.
        public var exitCode: Int32
        /// Its standard output.
        public var output: [UInt8] = []
        /// The first 16 KiB of its standard error; empty when it is shown.
        public var errors: [UInt8] = []

        /// How a program ended that failed, for people: `ended with 2: no session`, `was ended by signal 9`.
        /// - Parameter limit: the most bytes of standard error that are shown.
        public func failure(showing limit: Int) -> String {
            let end = exitCode < 0 ? "was ended by signal \(-exitCode)" : "ended with \(exitCode)"
            let shown = String(decoding: errors.prefix(limit), as: UTF8.self).trimmingWhitespace
            return end + (shown.isEmpty ? "" : ": \(shown)")
        }
    }

    /// A command with this process's environment and an empty standard input.
    public init(_ words: [String], environment: [String: String]? = nil, timeout: Duration) {
        self.words = words
        self.environment = environment
        self.timeout = timeout
    }

    /// Runs the program to its end.
    ///
    /// What it has left running in the background is not waited for.
    /// - Throws: `ProcessError`, whatever the exit code is never an error; `CancellationError`, after the program has
    ///   been killed.
    public func run(on loop: EventLoop) async throws -> Result {
        guard let program = words.first else { throw ProcessError(.notStarted, "the command is empty") }
        var options = ChildProcess.Options()
        options.environment = environment
        options.inheritsInput = inheritsInput
        options.input = input
        options.errors = showsErrors ? .inherited : .separate
        options.ownGroup = false
        let process: ChildProcess
        do throws(SystemError) {
            process = try ChildProcess(words, options)
        } catch {
            throw ProcessError(.notStarted, "cannot run \(program): \(error)", underlying: error)
        }
        return try await withTaskCancellationHandler {
            try await finish(process, program, on: loop)
        } onCancel: {
            process.send(SIGKILL)
        }
    }

    private func finish(_ process: ChildProcess, _ program: String, on loop: EventLoop) async throws -> Result {
        var result = Result(exitCode: 0)
        func keep(_ stream: ChildProcess.Stream, _ bytes: UnsafeRawBufferPointer) {
            switch stream {
            case .output:
                result.output += bytes
                if result.output.count > maximumOutput { process.send(SIGKILL) }
            case .errors: result.errors += bytes.prefix(Self.maximumErrors - result.errors.count)
            }
        }
        let hasEnded = await process.readUntilEnd(on: loop, until: .now + timeout, keep)
        if !hasEnded {
            process.send(Task.isCancelled ? SIGKILL : SIGTERM)
            _ = await process.readUntilEnd(on: loop, until: .now + Self.grace) { _, _ in }
            process.send(SIGKILL)
        } else if result.output.count <= maximumOutput {
            await process.readLateOutput(on: loop, for: .zero, atMost: maximumOutput, keep)
        }
        do throws(SystemError) {
            result.exitCode = try process.reap()
        } catch {
            throw ProcessError(.notStarted, "the exit code of \(program) is not known: \(error)", underlying: error)
        }
        try Task.checkCancellation()
        guard hasEnded else { throw ProcessError(.timedOut, "\(program) did not end within \(timeout.text)") }
        guard result.output.count <= maximumOutput else {
            throw ProcessError(.tooMuchOutput, "\(program) wrote more than \(maximumOutput) bytes")
        }
        return result
    }
}

/// Why a program gave no result.
public typealias ProcessError = CodedError<ProcessErrorCode>

/// What kinds of failure there are.
public enum ProcessErrorCode: String, ErrorCode {
    /// It cannot be run: it is not there, or this user may not run it.
    case notStarted
    /// It was killed at its time limit.
    case timedOut
    /// It was killed because it wrote too much.
    case tooMuchOutput
}
