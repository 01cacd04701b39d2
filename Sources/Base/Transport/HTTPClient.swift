import Basics

/// An HTTP and HTTPS client on libcurl, driven by an event loop; callable from any task and thread.
///
/// Connections are reused between requests, and the addresses of a host for two minutes. libcurl is initialised by the
/// first request, so that making a client costs nothing. Idle connections close with the last reference to the client.
public final class HTTPClient: HTTPExecuting {
    private let loop: EventLoop
    private let engine: CurlMulti
    private let configuration: HTTPClientConfiguration
    /// For requests with authorities of their own: libcurl would use a connection, or resume a TLS session, that these
    /// never verified.
    private let others = Locked<[CertificateAuthorities: CurlMulti]>([:])

    /// A client whose requests run on this loop.
    public init(loop: EventLoop, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.loop = loop
        self.configuration = configuration
        engine = CurlMulti(loop: loop, configuration: configuration)
    }

    deinit {
        let engines = [engine] + others.withLock { Array($0.values) }
        loop.submit { for engine in engines { engine.close() } }
    }

    private func engine(for request: HTTPRequest) -> CurlMulti {
        guard let authorities = request.authorities, authorities != configuration.authorities else { return engine }
        return others.withLock { others in
            if let known = others[authorities] { return known }
            var configuration = configuration
            configuration.authorities = authorities
            let other = CurlMulti(loop: loop, configuration: configuration)
            others[authorities] = other
            return other
        }
    }

    /// Sends a request and collects the whole response.
    ///
    /// Any status is a response, not an error.
    /// - Throws: `TransportError`, `CancellationError`, or what the request's body stream threw.
    public func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await loop.hop { [engine = engine(for: request)] in
            try await engine.perform(request, streams: false) { try await $0.wholeResponse() }
        }
    }

    /// Sends a request and gives the response's head, and its body piece by piece as it arrives, to a closure.
    ///
    /// A slow reader slows the peer down: at most two buffers of libcurl are kept here. Leaving the closure early ends
    /// the transfer. The request's `maximumResponseBytes` and timeouts hold here too; raise them for large downloads.
    /// - Throws: `TransportError`, `CancellationError`, or what the closure or the request's body stream threw.
    public func withResponse<R: Sendable>(
        to request: HTTPRequest,
        _ body: @escaping @Sendable (_ response: HTTPResponse, _ body: HTTPResponseBody) async throws -> R
    ) async throws -> R {
        try await loop.hop { [engine = engine(for: request)] in
            try await engine.perform(request, streams: true) { transfer in
                try await body(transfer.head(), HTTPResponseBody(transfer: transfer))
            }
        }
    }
}

/// The settings of an `HTTPClient`, usually made from the environment.
public struct HTTPClientConfiguration: Sendable {
    /// The proxies for outside traffic.
    public var proxy: ProxySettings
    /// The certification authorities that servers are verified against.
    public var authorities: CertificateAuthorities
    /// How many idle connections are kept for reuse.
    public var maximumIdleConnections = 64
    /// The name servers to ask, in this order, instead of the system's; none means the system's.
    public var nameServers: [SocketAddress] = []

    /// By default: no proxy, and the machine's authorities.
    public init(proxy: ProxySettings = ProxySettings(), authorities: CertificateAuthorities = .discovered(in: [:])) {
        self.proxy = proxy
        self.authorities = authorities
    }

    /// Proxies and authorities from the usual variables; see `ProxySettings` and `CertificateAuthorities`.
    public init(environment: [String: String]) {
        self.init(proxy: ProxySettings(environment: environment), authorities: .discovered(in: environment))
    }
}

/// Something that carries out HTTP requests: `HTTPClient`, or a script in a test.
public protocol HTTPExecuting: Sendable {
    /// Sends a request and collects the whole response. Any status is a response, not an error.
    /// - Throws: `TransportError`, `CancellationError`, or what the request's body stream threw.
    func execute(_ request: HTTPRequest) async throws -> HTTPResponse
}

/// One exchange of a request that may be redirected: what is sent this time, and how many exchanges came before.
///
/// A class, because the frames of a thousand suspended requests would hold several copies each.
final class HTTPHop: Sendable {
    /// The request of this exchange; its limits are those of all exchanges together.
    let request: HTTPRequest
    let target: RequestTarget
    /// How many redirects led here.
    let redirects: Int
    /// Header fields of the request that are not sent any more, because a redirect led to another origin.
    let withheldHeaders: [String]
    /// Where the first redirect came from, as `host:port`; nil without one.
    private let origin: String?
    /// When the whole request began.
    let start: Deadline

    convenience init(_ request: HTTPRequest) throws(TransportError) {
        let start = Deadline(after: request.totalTimeout ?? .seconds(Int64(Int32.max)))
        self.init(request, try RequestTarget(request.url), redirects: 0, [], origin: nil, start)
    }

    private init(
        _ request: HTTPRequest, _ target: RequestTarget, redirects: Int, _ withheldHeaders: [String],
        origin: String?, _ start: Deadline
    ) {
        (self.request, self.target, self.redirects, self.start) = (request, target, redirects, start)
        (self.withheldHeaders, self.origin) = (withheldHeaders, origin)
    }

    /// Header fields that carry no secret and belong to no origin; no others are sent to another origin.
    private static let openHeaders: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-language",
        "content-type", "if-modified-since", "if-none-match", "origin", "pragma", "range", "referer", "user-agent",
    ]

    /// How long a name look-up may take; the same for all first exchanges, since equal timeouts share a channel.
    var lookupTimeout: Duration {
        min(request.connectTimeout, redirects == 0 ? request.totalTimeout ?? request.connectTimeout : start.left)
    }

    /// The request that follows a redirect, by the rules of Go's HTTP client, which are Gatus's.
    ///
    /// 307 and 308 repeat the request, the others make it a GET (a HEAD stays one). Any header field may be a
    /// credential: only those that are known to be none leave the origin, and no other comes back later.
    /// - Throws: `TransportError` with `.tooManyRedirects`, `.malformedResponse`, `.addressRefused` or
    ///   `.invalidRequest`.
    func following(_ status: Int, to url: String) throws(TransportError) -> HTTPHop {
        guard redirects < request.maximumRedirects else {
            throw failure(.tooManyRedirects, "\(target.authority) redirects more than \(redirects) times")
        }
        let url = InternationalName.ascii(url: url) ?? url
        guard let next = try? RequestTarget(url) else {
            throw failure(.malformedResponse, "\(target.authority) redirects to something that is no HTTP URL")
        }
        if let reason = request.refusesRedirect?(url) {
            throw failure(.addressRefused, "\(target.authority) redirects to \(next.authority): \(reason)")
        }
        var request = request
        if status == 307 || status == 308 {
            if case .stream = request.body {
                throw failure(
                    .invalidRequest, "\(target.authority) redirects, but the body stream cannot start again")
            }
        } else if request.method != "GET", request.method != "HEAD" {
            (request.method, request.body) = ("GET", .none)
            request.headers.remove("Content-Type")
        }
        var withheld = withheldHeaders
        if !next.isReached(from: target) {
            (request.tlsServerName, request.serverAddresses) = (nil, nil)
            for field in request.headers where !Self.openHeaders.contains(field.name.lowercased()) {
                withheld.append(field.name)
            }
            for name in withheld { request.headers.remove(name) }
        }
        request.url = url
        return HTTPHop(request, next, redirects: redirects + 1, withheld, origin: origin ?? target.authority, start)
    }

    /// The error, with the redirects that led to its server, which the user has not named.
    func tellingRedirects(_ error: TransportError) -> TransportError {
        guard let origin, error.code != .tooManyRedirects else { return error }
        var error = error
        error.message = "after \(counted(redirects, "redirect")) from \(origin): \(error.message)"
        return error
    }

    private func failure(_ code: TransportError.Code, _ message: String) -> TransportError {
        TransportError(code, message, host: target.authority, phase: .body)
    }
}
