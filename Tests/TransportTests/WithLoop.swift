import Transport

/// Gives a test a loop on a thread of its own and stops it afterwards.
@discardableResult
func withLoop<R: Sendable>(_ body: @Sendable (EventLoop) async throws -> R) async throws -> R {
    let loop = try EventLoop.onOwnThread()
    defer { loop.stop() }
    return try await body(loop)
}

/// Gives a test a client with no proxy.
@discardableResult
func withClient<R: Sendable>(
    _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
    _ body: @Sendable (HTTPClient) async throws -> R
) async throws -> R {
    try await withLoop { try await body(HTTPClient(loop: $0, configuration: configuration)) }
}
