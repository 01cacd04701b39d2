/// The code of one serverless function.
///
/// A host (`LambdaRuntime`, or any other) makes one value at start and calls it once per invocation, concurrently when
/// the platform sends invocations concurrently.
public protocol FunctionHandler: Sendable {
    /// Handles one invocation.
    ///
    /// - Parameters:
    ///   - event: The payload, as the platform sent it (JSON for every AWS event source).
    ///   - context: The facts of this invocation, and its logger.
    /// - Returns: What the caller gets.
    /// - Throws: Any error. It fails this invocation only: the platform is told the ``ErrorReport`` of the error, and
    ///   the process goes on with the next invocation.
    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse

    /// Does throw-away work before the first invocation, while the platform gives the process a full CPU: decode a
    /// sample event, build a request that is never sent. Must not have effects outside of the process.
    func warmUp() async

    /// Itself when it is ``ShutdownAware``; not to be implemented.
    ///
    /// A requirement because `as? any ShutdownAware` would search all conformances of the program at every start.
    var shutdownAware: (any ShutdownAware)? { get }
}

extension FunctionHandler {
    /// Does nothing.
    public func warmUp() async {}

    /// Nil.
    public var shutdownAware: (any ShutdownAware)? { nil }
}
