public import Basics
import JSON
public import Transport

/// A client of one cluster's API server.
///
/// Objects are JSON values as the API has them. Every call has a deadline, after which nothing of it is sent. The
/// server's certificate is always verified. Safe to use from many tasks.
public final class KubernetesClient: Sendable {
    /// How the cluster is reached and as whom.
    public let configuration: KubernetesConfiguration
    let http: HTTPClient
    let loop: EventLoop
    let time: TimeSource
    /// Kinds of objects that the cluster was asked for, by group and version.
    let discovered = Locked<[String: DiscoveredKinds]>([:])

    /// The largest response, in bytes; larger lists come in pages.
    let maximumResponseBytes: Int
    /// The longest that one attempt may take.
    static let attemptTimeout = Duration.seconds(60)
    private static let maximumAttempts = 8
    private static let longestPause = Duration.seconds(30)

    /// A client; nothing is sent yet.
    /// - Parameters:
    ///   - time: the clock and the pauses; the loop's by default.
    ///   - maximumResponseBytes: a larger object, page of a list or event is an error.
    public init(
        _ configuration: KubernetesConfiguration, loop: EventLoop, time: TimeSource? = nil,
        maximumResponseBytes: Int = 16 << 20
    ) {
        self.maximumResponseBytes = maximumResponseBytes
        self.configuration = configuration
        self.loop = loop
        self.time = time ?? .live(loop)
        http = HTTPClient(
            loop: loop,
            configuration: HTTPClientConfiguration(proxy: configuration.proxy, authorities: configuration.authorities))
    }

    /// The namespace that a call is for; nil for all.
    func name(of namespace: KubernetesNamespace) -> String? {
        switch namespace {
        case .ofContext: configuration.namespace
        case .named(let name): name
        case .all: nil
        }
    }
}

// MARK: - One call, with its retries

extension KubernetesClient {
    /// Which refusals a call leaves to its caller.
    struct RetryExceptions: OptionSet {
        let rawValue: Int
        /// 429, which for an eviction has a reason that takes minutes to go away.
        static let tooManyRequests = RetryExceptions(rawValue: 1)
    }

    /// What came of one attempt.
    enum Attempt<R: Sendable>: Sendable {
        case done(R)
        /// A response that is no success.
        case refused(HTTPResponse)
    }

    /// Sends a call and collects the answer.
    /// - Throws: `KubernetesError`, `CancellationError`.
    func send(
        _ call: APICall, until deadline: Timestamp, leaving exceptions: RetryExceptions = []
    ) async throws -> HTTPResponse {
        try await repeating(call, until: deadline, leaving: exceptions) { credentials in
            let response = try await self.http.execute(try self.request(call, credentials, until: deadline))
            return 200..<300 ~= response.status ? .done(response) : .refused(response)
        }
    }

    /// Makes attempts at a call, again where that is safe, until one succeeds or the deadline comes.
    ///
    /// 429 and 503 with `Retry-After` have done nothing and are repeated for every verb; failed connections and other
    /// 5xx only for reads, because the others may have been carried out. 401 is repeated once with new credentials.
    /// - Throws: `KubernetesError`, `CancellationError`, or what the attempt throws beside `TransportError`.
    func repeating<R: Sendable>(
        _ call: APICall, until deadline: Timestamp, leaving exceptions: RetryExceptions = [],
        _ attempt: (KubernetesCredentials) async throws -> Attempt<R>
    ) async throws -> R {
        var count = 1
        var hasRenewed = false
        while true {
            let error: KubernetesError
            let mayRepeat: Bool
            let credentials = try await credentials(for: call, until: deadline)
            do {
                switch try await attempt(credentials) {
                case .done(let result): return result
                case .refused(let response):
                    error = failure(response, of: call)
                    if response.status == 401, !hasRenewed, configuration.authentication.reject(credentials) {
                        hasRenewed = true
                        continue
                    }
                    mayRepeat = Self.mayRepeat(response, call, exceptions)
                }
            } catch let failure as TransportError {
                error = self.failure(failure, of: call)
                mayRepeat = Self.mayRepeat(failure, call)
            }
            guard mayRepeat, count < Self.maximumAttempts else { throw error }
            let pause = pause(after: count, error.retryAfter)
            guard time.now() + pause < deadline else { throw error }
            try await time.sleep(pause)
            count += 1
        }
    }

    /// Sends a call and reads the answer as JSON.
    func json(
        _ call: APICall, until deadline: Timestamp, leaving exceptions: RetryExceptions = []
    ) async throws -> JSONValue {
        try read(try await send(call, until: deadline, leaving: exceptions), of: call)
    }

    func read(_ response: HTTPResponse, of call: APICall) throws(KubernetesError) -> JSONValue {
        do throws(JSONError) { return try JSONValue(parsing: response.body) } catch {
            throw invalid("the answer of \(configuration.host) is no JSON: \(error)", call, underlying: error)
        }
    }

    private static func mayRepeat(_ response: HTTPResponse, _ call: APICall, _ exceptions: RetryExceptions) -> Bool {
        switch response.status {
        case 429: !exceptions.contains(.tooManyRequests)
        case 503 where response.headers["Retry-After"] != nil: true
        case 500, 502, 503, 504: call.isSafe
        default: false
        }
    }

    private static func mayRepeat(_ error: TransportError, _ call: APICall) -> Bool {
        switch error.code {
        case .connectFailed: true  // nothing was sent
        case .nameNotResolved, .connectionClosed, .timedOut, .proxyFailed, .tlsFailed: call.isSafe
        default: false
        }
    }

    /// Doubles from half a second on, of which a half is left to chance; the server's own wish comes first.
    func pause(after attempt: Int, _ wish: Duration?) -> Duration {
        if let wish { return wish }
        let longest = min(.milliseconds(500) * (1 << min(attempt - 1, 10)), Self.longestPause)
        return longest / 2 + longest / 2 * time.random()
    }
}

// MARK: - Requests and failures

extension KubernetesClient {
    /// Credentials for a call, with its name in the error.
    func credentials(for call: APICall, until deadline: Timestamp) async throws -> KubernetesCredentials {
        guard time.now() < deadline else { throw timedOut(call) }
        do { return try await configuration.authentication.credentials(deadline) } catch var error as KubernetesError {
            error.action = call.text
            throw error
        }
    }

    /// The HTTP request of a call.
    func request(
        _ call: APICall, _ credentials: KubernetesCredentials, until deadline: Timestamp
    ) throws(KubernetesError) -> HTTPRequest {
        let left = deadline - time.now()
        guard left > .zero else { throw timedOut(call) }
        var request = HTTPRequest(
            call.method, configuration.server + call.target, headers: headers(call, credentials),
            totalTimeout: min(left, Self.attemptTimeout), maximumResponseBytes: maximumResponseBytes,
            acceptsGzip: true)
        request.connectTimeout = min(left, .seconds(10))
        if let body = call.body { request.body = .bytes(body.serialized()) }
        request.tls.clientCertificate = credentials.certificate
        request.tlsServerName = configuration.tlsServerName
        return request
    }

    /// The header fields of a call: credentials, impersonation, type of the body.
    func headers(_ call: APICall, _ credentials: KubernetesCredentials) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": "application/json", "User-Agent": TocsinVersion.userAgent]
        if let authorization = credentials.authorization { headers.add("Authorization", authorization) }
        for (name, value) in configuration.impersonation?.headers ?? [] { headers.add(name, value) }
        if call.body != nil { headers.add("Content-Type", call.contentType) }
        return headers
    }

    /// The error for a response that is no success.
    func failure(_ response: HTTPResponse, of call: APICall) -> KubernetesError {
        let seconds = response.headers["Retry-After"].flatMap { Int64($0) }
        var error = KubernetesError(
            StatusDocument(response.body), status: response.status,
            retryAfter: seconds.flatMap { $0 > 0 ? .seconds($0) : nil }, of: call,
            user: configuration.authentication.user)
        error.body = String(decoding: response.body.prefix(64 << 10), as: UTF8.self)
        return error
    }

    /// The error for an exchange that failed.
    func failure(_ error: TransportError, of call: APICall) -> KubernetesError {
        var message = error.message
        if error.code == .certificateRejected {
            message +=
                ". Check the certification authority of \(configuration.source)"
                + ", and tls-server-name where the certificate is for another name"
        }
        if error.code == .tooLarge { message += ": narrow it by selectors" }
        var failure = KubernetesError(error.code == .timedOut ? .timedOut : .transport, message, underlying: error)
        failure.action = call.text
        return failure
    }

    /// The error for an answer that is not what the API promises.
    func invalid(_ message: String, _ call: APICall, underlying: (any Error)? = nil) -> KubernetesError {
        var error = KubernetesError(.invalidResponse, message, underlying: underlying)
        error.action = call.text
        return error
    }

    /// The error for a call whose deadline has come.
    func timedOut(_ call: APICall, _ state: String = "") -> KubernetesError {
        var error = KubernetesError(.timedOut, "the deadline came first" + (state.isEmpty ? "" : ": \(state)"))
        error.action = call.text
        return error
    }
}
