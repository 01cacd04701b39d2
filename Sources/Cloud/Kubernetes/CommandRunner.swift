import Basics

/// A program to run for its output.
public struct PluginCommand: Sendable {
    /// The program, looked up in `PATH` when it has no slash, and its arguments; no shell reads them.
    public var words: [String]
    /// Its whole environment.
    public var environment: [String: String]
    /// When it is killed.
    public var timeout: Duration

    /// A command.
    public init(_ words: [String], environment: [String: String], timeout: Duration) {
        self.words = words
        self.environment = environment
        self.timeout = timeout
    }
}

/// What a program left behind.
public struct PluginResult: Sendable {
    /// Its exit code, or the negated number of the signal that ended it.
    public var exitCode: Int32
    /// Its standard output.
    public var output: [UInt8]
    /// The start of its standard error.
    public var errors: [UInt8]

    /// A result of these parts.
    public init(exitCode: Int32, output: [UInt8], errors: [UInt8]) {
        self.exitCode = exitCode
        self.output = output
        self.errors = errors
    }
}

/// Runs a program to its end, with an empty standard input.
/// - Throws: when it cannot be run, does not end in time or writes too much.
public typealias RunCommand = @Sendable (PluginCommand) async throws -> PluginResult
