import Basics
import Transport

extension CheckKind {
    /// `http://…` or `https://…`: one request.
    ///
    /// Any status counts as connected.
    static let http = CheckKind(
        schemes: ["http", "https"],
        target: { kind, url throws(TargetError) in
            guard WebURL(url.text) != nil else { throw WebURL.invalid }
            return CheckTarget(kind, webURL: url.text)
        },
        run: { checker, check, observation in try await checker.checkHTTP(check, &observation) })
}

extension CheckTarget {
    /// The target of a URL that ``WebURL`` parses.
    ///
    /// The check of any other URL fails.
    init(_ kind: CheckKind, webURL url: String) {
        let parts = WebURL(url)
        self.init(kind, host: parts?.host ?? url, port: parts?.port, url: url)
    }
}

extension Checker {
    fileprivate func checkHTTP(_ check: Check, _ observation: inout Observation) async throws {
        let endpoint = check.endpoint
        let url = check.target.url ?? endpoint.url
        observation.isNotAsked = true  // without a token
        let token = try await tokens.token(for: endpoint, check.budget)
        observation.isNotAsked = false
        var request = try await lookup.request(
            endpoint.method, url, for: endpoint.client, allowing: endpoint.allowedAddresses, check.budget)
        request.headers = endpoint.headers
        if let token { request.headers["Authorization"] = "Bearer " + token }
        request.body = body(of: check)
        request.maximumResponseBytes = .max  // `observation(of:_:for:)` stops at its own limit.
        request.maximumRedirects = endpoint.client.ignoresRedirect ? 0 : endpoint.client.maximumRedirects
        request.usesFreshConnection = true
        request.cookies = cookies.jar(of: endpoint)
        request.version = endpoint.client.httpVersion
        let lookup = try await lookup.prepare(&request, for: check)
        observation = try await http.withResponse(to: request) { [self] response, body in
            await self.observation(of: response, body, for: check)
        }
        observation.token = token
        observation.cookies = request.cookies?.values ?? []
        observation.timings.nameLookup += lookup
        observation.timings.total += lookup
        observation.responseTime += lookup
        if observation.status == 401, let token { tokens.remove(token, for: endpoint) }
    }

    /// The observation of a response.
    ///
    /// Its body is read only when a condition needs it, as in Gatus, and no further than the limit: then the connection
    /// is dropped.
    private func observation(
        of response: HTTPResponse, _ body: HTTPResponseBody, for check: Check
    ) async -> Observation {
        var observation = Observation()
        observation.isConnected = true
        observation.ip = response.ip
        observation.status = response.status
        observation.headers = response.headers
        observation.httpVersion = response.version
        observation.responseTime = response.timings.total
        observation.timings = response.timings
        observation.certificate = response.certificate
        if !response.withheldHeaders.isEmpty {
            let names = response.withheldHeaders.joined(separator: ", ")
            observation.notes.append("not sent to the other server that a redirect led to: \(names)")
        }
        let expected = check.endpoint.probe.http
        guard !check.needs.isDisjoint(with: [.body, .bodyLength]) || expected.readsBody else {
            observation.errors += expected.faults(of: response)
            return observation
        }
        let length = response.headers["Content-Length"].flatMap { Int($0) }
        var arriving = ArrivingBody(of: check, self, expected: length)
        do {
            while let piece = try await body.next(), try await arriving.add(piece) {}
        } catch {
            observation.note(error, limit: check.budget.limit)
        }
        observation.take(arriving, of: "body")
        observation.errors += expected.faults(of: response)
        if observation.errors.isEmpty { observation.check(arriving, expected) }
        return observation
    }

    private func body(of check: Check) -> HTTPBody {
        let bytes = check.endpoint.rawBody ?? sentBody(check, from: nil)
        return switch check.endpoint.method {
        case "HEAD": .none
        case "GET" where bytes.isEmpty: .none
        default: .bytes(bytes)
        }
    }
}

/// The parts of an `http`, `https`, `ws` or `wss` URL that a check needs.
struct WebURL: Sendable, Hashable {
    /// `https` or `wss`.
    var isSecure: Bool
    /// `user:password` as it was written, still percent-encoded.
    var userInfo: String?
    /// A name or an address without brackets, as it was written.
    var host: String
    var port: UInt16
    /// Path and query as they are sent; at least `/`.
    var target: String

    /// The error for an endpoint's URL that is none of these.
    static let invalid = TargetError(.invalid, "has no host, or a wrong port")

    /// nil for a URL with another scheme, without a host or with a port out of range.
    init?(_ url: String) {
        guard let schemeEnd = url.firstIndex(of: ":"), url[schemeEnd...].hasPrefix("://") else { return nil }
        switch url[..<schemeEnd].lowercased() {
        case "http", "ws": isSecure = false
        case "https", "wss": isSecure = true
        default: return nil
        }
        let rest = url[url.index(schemeEnd, offsetBy: 3)...].prefix { $0 != "#" }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<authorityEnd]
        if let at = authority.lastIndex(of: "@") {
            userInfo = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        let portStart = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let digits = portStart.map { authority[authority.index(after: $0)...] } ?? ""
        guard let port = digits.isEmpty ? (isSecure ? 443 : 80) : UInt16(digits), port > 0 else { return nil }
        self.port = port
        let name = authority[..<(portStart ?? authority.endIndex)]
        host = String(name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name)
        guard !host.isEmpty, host.first != "[" else { return nil }
        let target = rest[authorityEnd...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// The value of a `Host` header: the port only where it is not the scheme's default; brackets around an IPv6
    /// address.
    var hostHeader: String {
        let bracketedHost = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? bracketedHost : "\(bracketedHost):\(port)"
    }
}
