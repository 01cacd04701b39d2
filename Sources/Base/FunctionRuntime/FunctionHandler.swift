public import JSON
public import Logging

/// The code of one serverless function.
///
/// A host (`LambdaRuntime`, or any other) makes one value at start and calls it once per invocation, concurrently when
/// the platform sends invocations concurrently.
public protocol FunctionHandler: Sendable {
    /// Handles one invocation.
    ///
    /// - Parameters:
    ///   - event: The payload, as the platform sent it (JSON for every AWS event source).
    ///   - context: Request id, deadline and logger of this invocation.
    /// - Returns: The response to the caller.
    /// - Throws: Any error. It fails this invocation only: the platform is told the ``ErrorReport`` of the error, and
    ///   the process goes on with the next invocation.
    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse

    /// Warms the process up before the first invocation, while the platform gives it a full CPU: decodes a sample
    /// event, builds a request that is never sent. Must not have effects outside of the process.
    func warmUp() async

    /// What the host logs as warnings at the start, one line each: settings that have no effect, for instance.
    var startWarnings: [String] { get }

    /// `self` for a ``ShutdownAware`` handler; not to be implemented by handlers.
    ///
    /// A requirement because `as? any ShutdownAware` would search all conformances of the program at every start.
    var shutdownAware: (any ShutdownAware)? { get }
}

extension FunctionHandler {
    /// Does nothing.
    public func warmUp() async {}

    /// None.
    public var startWarnings: [String] { [] }

    /// Nil.
    public var shutdownAware: (any ShutdownAware)? { nil }

    /// Logs the handler's warnings; for hosts, once.
    public func logStartWarnings(to logger: Logger) {
        for warning in startWarnings { logger.warning("\(warning)") }
    }
}

/// A handler that has something to save when the platform ends the process.
///
/// The host has to ask the platform for a notice (on Lambda by registering an internal extension, a request at every
/// start), so conform only when `shutDown` has work to do.
public protocol ShutdownAware: FunctionHandler {
    /// Releases what must not be lost (buffers to flush, files to close). The platform kills the process a few hundred
    /// milliseconds later. Not called after a crash, nor when the platform takes the machine away.
    func shutDown() async
}

extension ShutdownAware {
    /// Itself.
    public var shutdownAware: (any ShutdownAware)? { self }
}

/// The response of an invocation: bytes at once, or a stream.
public struct FunctionResponse: Sendable {
    /// The two forms of a response body.
    public enum Body: Sendable {
        /// The whole body. Lambda takes up to 6 MiB.
        case bytes([UInt8])

        /// A body that `produce` writes piece by piece, preceded by status and headers when the caller speaks HTTP
        /// (function URL or API Gateway in streaming mode). When `produce` throws, the caller sees a broken body. The
        /// error is logged, and Lambda is told of it; Function Compute is not, as it has taken the status by then.
        case stream(prelude: HTTPPrelude?, produce: @Sendable (any ResponseWriter) async throws -> Void)
    }

    /// The media type of the body; of the body behind the prelude if there is one.
    public var contentType: String

    /// The body.
    public var body: Body

    /// Creates a response from bytes.
    public init(bytes: [UInt8], contentType: String = "application/json") {
        self.contentType = contentType
        self.body = .bytes(bytes)
    }

    /// Creates a JSON response.
    public init(json: JSONValue) {
        self.init(bytes: json.serialized())
    }

    /// Creates a streamed response.
    ///
    /// - Parameters:
    ///   - contentType: The media type of the body.
    ///   - prelude: HTTP status and headers, when the caller speaks HTTP.
    ///   - produce: Writes the body. It runs after ``FunctionHandler/handle(_:_:)`` has returned, with the same
    ///     ``InvocationContext/current``.
    public init(
        contentType: String = "application/octet-stream",
        prelude: HTTPPrelude? = nil,
        stream produce: @escaping @Sendable (any ResponseWriter) async throws -> Void
    ) {
        self.contentType = contentType
        self.body = .stream(prelude: prelude, produce: produce)
    }
}

/// Where a streamed response is written to.
public protocol ResponseWriter: Sendable {
    /// Sends bytes to the caller and returns when the connection has taken them, so a slow caller slows the writer.
    ///
    /// - Throws: When the connection is lost or the platform has ended the invocation; let the error through.
    func write(_ bytes: [UInt8]) async throws
}

extension ResponseWriter {
    /// Sends the UTF-8 of a text to the caller; see `write(_: [UInt8])`.
    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}
