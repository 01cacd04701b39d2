import JSON
import Transport

/// Knows when the registration of domains expires, by asking their registries as seldom as it can.
final class DomainExpirations: Sendable {
    /// What a registry says about a name.
    private enum Registration: Sendable {
        case expires(Timestamp)
        /// It is registered, but the registry does not publish until when.
        case withoutDate
        /// It is no registered domain; perhaps a shorter name is.
        case none
    }

    private let registrations: SharedCache<String, Registration>

    init(http: HTTPClient, loop: EventLoop, time: TimeSource, registry: RDAPRegistry) {
        let minutes = Duration.seconds(300)
        let directory = SharedCache<String, [String: String]>(
            loop: loop, time: time, failureLifetime: minutes, givesStale: true
        ) { url in
            let response = try await http.execute(Self.request(url))
            guard response.status == 200 else { throw CheckFailure("\(Self.host(url)) answered \(response.status)") }
            let urls = RDAPRegistry.baseURLs(in: try JSONValue(parsing: response.body))
            return .init(value: urls, lifetime: .seconds(86_400) * (1 + time.random()))
        }
        registrations = SharedCache(loop: loop, time: time, failureLifetime: minutes, givesStale: true) { domain in
            let top = String(domain.split(separator: ".").last ?? "")
            var base = registry.known[top]
            if base == nil { base = try await directory.value(registry.bootstrapURL, within: .seconds(10))[top] }
            guard let base else {
                throw CheckFailure("the registry of .\(top) offers no RDAP service")
            }
            let registration = try await Self.ask(base + "domain/" + domain, http)
            return .init(value: registration, lifetime: Self.lifetime(registration, time))
        }
    }

    /// When the domain that a host belongs to expires.
    /// - Throws: `CheckFailure`, with the host or the domain.
    func expiration(of host: String, _ budget: TimeBudget) async throws(CheckFailure) -> Timestamp {
        let candidates = RDAPRegistry.candidates(for: host)
        guard let shortest = candidates.last else {
            throw CheckFailure("\(host) belongs to no domain that could expire")
        }
        for domain in candidates {
            if case .expires(let time) = registrations.kept(domain) { return time }
        }
        for domain in candidates {
            switch try await registration(of: domain, budget) {
            case .expires(let time): return time
            case .withoutDate: throw CheckFailure("the registry does not publish when \(domain) expires")
            case .none: continue
            }
        }
        throw CheckFailure("the registry knows no domain \(shortest)")
    }

    private func registration(of domain: String, _ budget: TimeBudget) async throws(CheckFailure) -> Registration {
        do {
            return try await registrations.value(domain, within: budget.remaining)
        } catch {
            throw CheckFailure("when the domain \(domain) expires is not known: ", of: error)
        }
    }

    private static func ask(_ url: String, _ http: HTTPClient) async throws -> Registration {
        let response = try await http.execute(request(url))
        switch response.status {
        case 200:
            let end = RDAPRegistry.expiration(in: try JSONValue(parsing: response.body))
            return end.map { .expires($0) } ?? .withoutDate
        // 400 and 422: a registry that takes only names directly below its own.
        case 400, 404, 422: return .none
        default: throw CheckFailure("\(host(url)) answered \(response.status)")
        }
    }

    /// Half a day to a day; one to two hours when the domain is about to expire and its owner at work.
    private static func lifetime(_ registration: Registration, _ time: TimeSource) -> Duration {
        let isNear = if case .expires(let end) = registration { end - time.now() < .seconds(7 * 86_400) } else { false }
        return .seconds(isNear ? 3_600 : 43_200) * (1 + time.random())
    }

    private static func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(
            "GET", url,
            headers: ["Accept": "application/rdap+json, application/json", "User-Agent": Endpoint.userAgent],
            totalTimeout: .seconds(10), maximumResponseBytes: 1 << 20, maximumRedirects: 5, acceptsGzip: true
        )
        request.addressPolicy = .guarded
        return request
    }

    private static func host(_ url: String) -> String { WebURL(url)?.host ?? "the registry" }
}
