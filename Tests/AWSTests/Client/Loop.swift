import Transport

/// The HTTP client that the tests of this target share, on a loop with a thread of its own.
enum Loop {
    static let shared = Result { try EventLoop.onOwnThread() }
    static let http = shared.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration(environment: [:])) }
}
