public import JSON

/// What an invocation answers: bytes at once, or a stream.
public struct FunctionResponse: Sendable {
    /// The two forms of a response body.
    public enum Body: Sendable {
        /// The whole body. Lambda takes up to 6 MiB.
        case bytes([UInt8])

        /// A body that `produce` writes piece by piece, preceded by status and headers when the caller speaks HTTP
        /// (function URL or API Gateway in streaming mode). When `produce` throws, the caller sees a broken body and
        /// the platform the error.
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
    ///   - produce: Writes the body. It runs after ``FunctionHandler/handle(_:_:)`` has returned, in the same task.
    public init(
        contentType: String = "application/octet-stream",
        prelude: HTTPPrelude? = nil,
        stream produce: @escaping @Sendable (any ResponseWriter) async throws -> Void
    ) {
        self.contentType = contentType
        self.body = .stream(prelude: prelude, produce: produce)
    }
}
