/// Runs the test command; `CommandRun` for real, a script in tests of the loop.
public protocol CommandExecuting: Sendable {
    /// Runs the command once, to its end.
    /// - Parameter output: Called with each piece of standard output and standard error, in the order of their arrival.
    /// - Returns: How it ended. Cancelling the task kills the command and its children at once.
    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome
}
