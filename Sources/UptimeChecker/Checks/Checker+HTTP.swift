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
