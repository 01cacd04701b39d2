import Transport

extension Checker {
    private static let maximumRedirects = 10

    func checkHTTP(_ url: String, _ check: Check, _ observation: inout Observation) async throws {
        let endpoint = check.endpoint
        let token = try await tokens.token(for: endpoint, check.budget)
        var request = try await lookup.request(
            endpoint.method, url, for: endpoint.client, allowing: endpoint.allowedAddresses, check.budget)
        request.headers = endpoint.headers
        if let token { request.headers["Authorization"] = "Bearer " + token }
        request.body = body(of: check)
        request.maximumResponseBytes = .max  // the reader below stops in time
        request.maximumRedirects = endpoint.client.ignoresRedirect ? 0 : Self.maximumRedirects
        request.usesFreshConnection = true
        let bodyLimit = check.needs.contains(.body) ? settings.maximumBodyBytes : 0
        observation = try await http.withResponse(to: request) { response, body in
            await Self.observation(of: response, body, upTo: bodyLimit)
        }
        observation.token = token
        if observation.status == 401, token != nil { tokens.forget(for: endpoint) }
    }

    /// What a response says: its body is only read when it is wanted, as in Gatus; leaving it drops the connection.
    private static func observation(
        of response: HTTPResponse, _ body: HTTPResponseBody, upTo limit: Int
    ) async -> Observation {
        var observation = Observation()
        observation.isConnected = true
        observation.ip = response.ip
        observation.status = response.status
        observation.headers = response.headers
        observation.responseTime = response.timings.total
        observation.timings = response.timings
        observation.certificate = response.certificate
        guard limit > 0 else { return observation }
        do {
            while observation.body.count <= limit, let piece = try await body.next() { observation.body += piece }
        } catch {
            observation.note(error)
        }
        if observation.body.count > limit {
            observation.body = Array(observation.body[..<limit])
            observation.notes.append("only the first \(limit) bytes of the body were read")
        }
        return observation
    }

    private func body(of check: Check) -> HTTPBody {
        let bytes = sentBody(check, from: nil)
        return switch check.endpoint.method {
        case "HEAD": .none  // it has no use for one
        case "GET" where bytes.isEmpty: .none
        default: .bytes(bytes)
        }
    }
}

/// The parts of an `http`, `https`, `ws` or `wss` URL that a check needs.
struct WebURL: Sendable, Hashable {
    /// `https` or `wss`.
    var isSecure: Bool
    /// `user:password` as it is written, still percent-encoded.
    var userInfo: String?
    /// Without brackets.
    var host: String
    var port: UInt16
    /// Path and query as they are sent: at least `/`.
    var target: String

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
        guard !host.isEmpty else { return nil }
        let target = rest[authorityEnd...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// `host:port`, with brackets round an IPv6 address.
    var authority: String { "\(bracketedHost):\(port)" }

    /// What a `Host` header says: the port only where it is not the usual one.
    var hostHeader: String { port == (isSecure ? 443 : 80) ? bracketedHost : authority }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}
