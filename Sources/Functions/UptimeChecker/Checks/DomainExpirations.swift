import Basics
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

/// Where domain registries answer questions about domains by RDAP (RFC 9082).
struct RDAPRegistry: Sendable {
    /// IANA's list of registries (RFC 9224), asked for every other top-level domain.
    var bootstrapURL = "https://data.iana.org/rdap/dns.json"
    /// Base URLs by top-level domain, so that the usual ones need no list.
    var known = [
        "com": "https://rdap.verisign.com/com/v1/", "net": "https://rdap.verisign.com/net/v1/",
        "org": "https://rdap.publicinterestregistry.org/rdap/", "info": "https://rdap.identitydigital.services/rdap/",
        "io": "https://rdap.identitydigital.services/rdap/", "app": "https://pubapi.registry.google/rdap/",
        "dev": "https://pubapi.registry.google/rdap/", "xyz": "https://rdap.centralnic.com/xyz/",
        "uk": "https://rdap.nominet.uk/uk/",
    ]

    /// Names below these are nobody's to register (RFC 6761, RFC 6762 and ICANN's choice for private use).
    private static let privateDomains: Set<String> = [
        "example", "internal", "invalid", "local", "localhost", "test",
    ]

    /// Reads IANA's list: `{"services": [[["com", "net"], ["https://…"]], …]}`.
    static func baseURLs(in list: JSONValue) -> [String: String] {
        var urls: [String: String] = [:]
        for service in list["services"]?.arrayValue ?? [] {
            let bases = service[1]?.arrayValue?.compactMap(\.stringValue) ?? []
            guard let base = bases.first(where: { $0.hasPrefix("https:") }) ?? bases.first else { continue }
            for domain in service[0]?.arrayValue?.compactMap(\.stringValue) ?? [] {
                urls[domain.lowercased()] = base.hasSuffix("/") ? base : base + "/"
            }
        }
        return urls
    }

    /// The domains that a host may belong to, longest first: at most four labels, at least two; none for an address.
    static func candidates(for host: String) -> [String] {
        var labels = host.lowercased().split(separator: ".").map(String.init)
        guard !host.contains(":"), let top = labels.last, top.utf8.contains(where: { !(0x30...0x39).contains($0) }),
            !privateDomains.contains(top)
        else { return [] }
        if labels.first == "www", labels.count > 2 { labels.removeFirst() }
        guard labels.count >= 2 else { return [] }
        return (2...min(4, max(2, labels.count))).reversed().map { labels.suffix($0).joined(separator: ".") }
    }

    /// The time that a domain's registration ends, in a registry's answer (RFC 9083, section 4.5); `nil` when it does not
    /// say.
    static func expiration(in answer: JSONValue) -> Timestamp? {
        answer["events"]?.arrayValue?.lazy
            .filter { $0["eventAction"]?.stringValue == "expiration" }
            .compactMap { $0["eventDate"]?.stringValue }
            .compactMap { Timestamp(iso8601: $0) }.first
    }
}
