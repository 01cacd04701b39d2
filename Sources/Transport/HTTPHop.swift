/// One exchange of a request that may be redirected: what is sent this time, and what came before.
///
/// A class, because the frames of a thousand suspended requests would hold several copies each.
final class HTTPHop: Sendable {
    /// What is sent; its limits are those of the whole request.
    let request: HTTPRequest
    let target: RequestTarget
    /// How many redirects led here.
    let redirects: Int
    /// When the whole request began.
    let start: Deadline

    convenience init(_ request: HTTPRequest) throws(TransportError) {
        let start = Deadline(after: request.totalTimeout ?? .seconds(Int64(Int32.max)))
        self.init(request, try RequestTarget(request.url), redirects: 0, start)
    }

    private init(_ request: HTTPRequest, _ target: RequestTarget, redirects: Int, _ start: Deadline) {
        (self.request, self.target, self.redirects, self.start) = (request, target, redirects, start)
    }

    /// How long a name look-up may take; at first a round number, since look-ups with the same one share a channel.
    var lookupTimeout: Duration {
        min(request.connectTimeout, redirects == 0 ? request.totalTimeout ?? request.connectTimeout : start.left)
    }

    /// The request that follows a redirect, by the rules of Go's HTTP client, which are Gatus's.
    ///
    /// 307 and 308 repeat the request, the others make it a GET (a HEAD stays one). Credentials do not leave the origin.
    /// - Throws: `TransportError` with `.tooManyRedirects`, `.malformedResponse` or `.invalidRequest`.
    func following(_ status: Int, to url: String) throws(TransportError) -> HTTPHop {
        guard redirects < request.maximumRedirects else {
            throw failure(.tooManyRedirects, "\(target.authority) redirects more than \(redirects) times")
        }
        guard let next = try? RequestTarget(url) else {
            throw failure(.malformedResponse, "\(target.authority) redirects to something that is no HTTP URL")
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
        if next.scheme != target.scheme || next.authority != target.authority {
            for name in ["Authorization", "Cookie", "Host", "Proxy-Authorization"] { request.headers.remove(name) }
        }
        request.url = url
        return HTTPHop(request, next, redirects: redirects + 1, start)
    }

    private func failure(_ code: TransportError.Code, _ message: String) -> TransportError {
        TransportError(code, message, host: target.authority, phase: .body)
    }
}
