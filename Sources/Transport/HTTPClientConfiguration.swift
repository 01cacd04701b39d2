/// What an `HTTPClient` takes from its surroundings.
public struct HTTPClientConfiguration: Sendable {
    /// The proxies for outside traffic.
    public var proxy: ProxySettings
    /// The certification authorities that servers are verified against.
    public var authorities: CertificateAuthorities
    /// How many idle connections are kept for reuse.
    public var maximumIdleConnections = 64
    /// The name servers to ask, in this order, instead of the system's; none means the system's.
    public var nameServers: [SocketAddress] = []

    /// Proxies and authorities given by hand; without any: no proxy, the machine's authorities.
    public init(proxy: ProxySettings = ProxySettings(), authorities: CertificateAuthorities = .discovered(in: [:])) {
        self.proxy = proxy
        self.authorities = authorities
    }

    /// Proxies and authorities by the usual variables; see `ProxySettings` and `CertificateAuthorities`.
    public init(environment: [String: String]) {
        self.init(proxy: ProxySettings(environment: environment), authorities: .discovered(in: environment))
    }
}
