import JSON

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
