/// How a check connects: an endpoint's `client`.
struct ClientSettings: Sendable, Hashable {
    /// `insecure`: certificates are not verified.
    var isInsecure = false
    /// `ignore-redirect`: a redirect is the answer, instead of what it leads to.
    var ignoresRedirect = false
    /// `timeout` for one attempt.
    var timeout = Duration.seconds(10)
    /// `dns-resolver`: asked instead of the system's name servers.
    var nameServer: NameServer?
    /// `network`: the addresses an ICMP check uses.
    var family = AddressFamily.any
    /// `tls`: the certificate shown to the server.
    var certificate: ClientCertificate?
    /// `proxy-url`, used instead of the environment's proxy; may hold a password.
    var proxyURL: String?
    /// `oauth2`: where a bearer token comes from.
    var oauth2: OAuth2Settings?

    /// `udp://192.0.2.1:53`.
    struct NameServer: Sendable, Hashable {
        /// How it is asked.
        enum Network: String, Sendable { case tcp, udp }

        var network: Network
        /// A name or an IPv4 address.
        var host: String
        var port: UInt16
    }

    /// IPv4, IPv6 or whichever there is.
    enum AddressFamily: String, Sendable, CaseIterable {
        case any = "ip"
        case ipv4 = "ip4"
        case ipv6 = "ip6"
    }

    /// Two files in PEM format.
    struct ClientCertificate: Sendable, Hashable {
        /// `certificate-file`.
        var certificateFile: String
        /// `private-key-file`.
        var privateKeyFile: String
    }
}

extension ClientSettings: CustomStringConvertible {
    /// Without the proxy's password and what OAuth needs.
    var description: String { "a client with \(timeout) for each attempt" }
}
