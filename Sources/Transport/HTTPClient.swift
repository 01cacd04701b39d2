/// An HTTP and HTTPS client on libcurl, driven by an event loop.
///
/// Callable from any task and thread.
///
/// Connections are reused between requests, and the addresses of a host for two minutes. libcurl is initialised by the first request, so that making a client costs
/// nothing. When the last reference goes, idle connections close.
public final class HTTPClient: HTTPExecuting {
    private let loop: EventLoop
    private let engine: CurlMulti

    /// A client whose requests run on this loop.
    public init(loop: EventLoop, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.loop = loop
        engine = CurlMulti(loop: loop, configuration: configuration)
    }

    deinit {
        loop.submit { [engine] in engine.close() }
    }

    /// Sends a request and collects the whole answer.
    ///
    /// Any status is a response, not an error.
    /// - Throws: `TransportError`, `CancellationError`, or what the request's body stream threw.
    public func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await loop.hop { [engine] in
            try await engine.perform(request, streams: false) { try await $0.wholeResponse() }
        }
    }

    /// Sends a request and gives the answer's head, and its body piece by piece as it comes, to a body of code.
    ///
    /// A slow reader slows the peer down: no more than two libcurl buffers wait here. Leaving the closure early ends the
    /// transfer. The request's `maximumResponseBytes` and time-outs hold here too; raise them for large downloads.
    /// - Throws: `TransportError`, `CancellationError`, or what the closure or the request's body stream threw.
    public func withResponse<R: Sendable>(
        to request: HTTPRequest,
        _ body: @escaping @Sendable (_ response: HTTPResponse, _ body: HTTPResponseBody) async throws -> R
    ) async throws -> R {
        try await loop.hop { [engine] in
            try await engine.perform(request, streams: true) { transfer in
                try await body(transfer.head(), HTTPResponseBody(transfer: transfer))
            }
        }
    }
}
