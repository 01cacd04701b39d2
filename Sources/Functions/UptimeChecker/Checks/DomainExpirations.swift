import Basics
import JSON
import Transport

/// When domain registrations expire, asked from the registries by RDAP.
///
/// Answers are cached for half a day to a day, because registries limit requests. A failed request is not repeated for
/// 5 minutes, and an old answer serves for as long as requests fail.
final class DomainExpirations: Sendable {
    /// A registry's answer about a name.
    private enum Registration: Sendable {
        case expires(Timestamp)
        /// The name is registered, but the registry does not publish the date.
        case withoutDate
        /// The name is not registered; a shorter one may be.
        case none
    }

    private typealias Directory = Cache<String, [String: String]>
    private typealias Registrations = Cache<String, Registration>

    private let registrations: Registrations
    private let time: TimeSource
    private static let pauseAfterFailure = Duration.seconds(300)

    init(http: HTTPClient, loop: EventLoop, time: TimeSource, registry: RDAPRegistry) {
        self.time = time
        // Requests have their own limit of 10 seconds, so that they serve checks that wait longer than the first one.
        let pause = Self.pauseAfterFailure
        let directory = Directory(
            time: time, executor: loop, policy: .init(pauseAfterFailure: pause, failureTimeToLive: pause)
        ) { url, _ in
            let response = try await http.execute(Self.request(url))
            guard response.status == 200 else { throw CheckError("\(Self.host(url)) answered \(response.status)") }
            let urls = RDAPRegistry.baseURLs(in: try JSONValue(parsing: response.body))
            let lifetime = Duration.seconds(86_400) * (1 + time.random())
            return Directory.Fetched(urls, freshUntil: time.now() + lifetime, usableUntil: nil)
        }
        registrations = Registrations(
            time: time, executor: loop, policy: .init(pauseAfterFailure: pause, failureTimeToLive: pause)
        ) { domain, _ in
            let top = String(domain.split(separator: ".").last ?? "")
            var base = registry.known[top]
            if base == nil {
                base = try await directory.value(registry.bootstrapURL, deadline: time.now() + .seconds(10))[top]
            }
            guard let base else {
                throw CheckError("the registry of .\(top) offers no RDAP service")
            }
            let registration = try await Self.ask(base + "domain/" + domain, http)
            let end = time.now() + Self.lifetime(registration, time)
            return Registrations.Fetched(registration, freshUntil: end, usableUntil: nil)
        }
    }

    /// When the domain of a host expires.
    /// - Throws: `CheckError` with the host or the domain in its message.
    func expiration(of host: String, _ budget: TimeBudget) async throws(CheckError) -> Timestamp {
        let candidates = RDAPRegistry.candidates(for: host)
        guard let shortest = candidates.last else {
            throw CheckError("\(host) belongs to no domain that could expire")
        }
        for domain in candidates {
            if case .expires(let time) = registrations.freshValue(domain) { return time }
        }
        for domain in candidates {
            switch try await registration(of: domain, budget) {
            case .expires(let time): return time
            case .withoutDate: throw CheckError("the registry does not publish when \(domain) expires")
            case .none: continue
            }
        }
        throw CheckError("the registry knows no domain \(shortest)")
    }

    private func registration(of domain: String, _ budget: TimeBudget) async throws(CheckError) -> Registration {
        do {
            return try await registrations.value(domain, deadline: time.now() + budget.remaining)
        } catch {
            throw CheckError("when the domain \(domain) expires is not known: ", of: error)
        }
    }

    private static func ask(_ url: String, _ http: HTTPClient) async throws -> Registration {
        let response = try await http.execute(request(url))
        switch response.status {
        case 200:
            let end = RDAPRegistry.expiration(in: try JSONValue(parsing: response.body))
            return end.map { .expires($0) } ?? .withoutDate
        // Registries that accept only names directly below their own answer 400 or 422 for others.
        case 400, 404, 422: return .none
        default: throw CheckError("\(host(url)) answered \(response.status)")
        }
    }

    /// Half a day to a day; one to two hours in the last week, in which the owner probably renews the domain.
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

/// The RDAP services of domain registries (RFC 9082).
struct RDAPRegistry: Sendable {
    /// IANA's list of registries (RFC 9224), for the top-level domains that are not in ``known``.
    var bootstrapURL = "https://data.iana.org/rdap/dns.json"
    /// Base URLs by top-level domain, so that the usual ones need no request for the list.
    var known = [
        "com": "https://rdap.verisign.com/com/v1/", "net": "https://rdap.verisign.com/net/v1/",
        "org": "https://rdap.publicinterestregistry.org/rdap/", "info": "https://rdap.identitydigital.services/rdap/",
        "io": "https://rdap.identitydigital.services/rdap/", "app": "https://pubapi.registry.google/rdap/",
        "dev": "https://pubapi.registry.google/rdap/", "xyz": "https://rdap.centralnic.com/xyz/",
        "uk": "https://rdap.nominet.uk/uk/",
    ]

    /// Top-level domains without registrations (RFC 6761, RFC 6762 and ICANN's choice for private use).
    private static let privateDomains: Set<String> = [
        "example", "internal", "invalid", "local", "localhost", "test",
    ]

    /// Base URLs by top-level domain, from IANA's list: `{"services": [[["com", "net"], ["https://…"]], …]}`.
    fileprivate static func baseURLs(in list: JSONValue) -> [String: String] {
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

    /// The domains that a host may belong to, longest first, with two to four labels; none for an address.
    static func candidates(for host: String) -> [String] {
        var labels = host.lowercased().split(separator: ".").map(String.init)
        guard !host.contains(":"), let top = labels.last, top.utf8.contains(where: { !(0x30...0x39).contains($0) }),
            !privateDomains.contains(top)
        else { return [] }
        if labels.first == "www", labels.count > 2 { labels.removeFirst() }
        guard labels.count >= 2 else { return [] }
        return (2...min(4, max(2, labels.count))).reversed().map { labels.suffix($0).joined(separator: ".") }
    }

    /// The end of a domain's registration in a registry's answer (RFC 9083, section 4.5); nil when it has none.
    static func expiration(in answer: JSONValue) -> Timestamp? {
        answer["events"]?.arrayValue?.lazy
            .filter { $0["eventAction"]?.stringValue == "expiration" }
            .compactMap { $0["eventDate"]?.stringValue }
            .compactMap { Timestamp(iso8601: $0) }.first
    }
}
