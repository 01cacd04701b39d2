/// Something that carries out HTTP requests: `HTTPClient`, or a script in a test.
public protocol HTTPExecuting: Sendable {
    /// Sends a request and collects the whole answer. Any status is a response, not an error.
    /// - Throws: `TransportError`, `CancellationError`, or what the request's body stream threw.
    func execute(_ request: HTTPRequest) async throws -> HTTPResponse
}
