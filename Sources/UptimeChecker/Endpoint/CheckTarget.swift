/// What a check speaks to, and in which protocol.
///
/// Hosts are names or addresses without brackets.
enum CheckTarget: Sendable, Hashable {
    /// `http://` or `https://`.
    case http(url: String)
    /// `tcp://host:port`.
    case tcp(host: String, port: UInt16)
    /// `udp://host:port`.
    case udp(host: String, port: UInt16)
    /// `tls://host:port`.
    case tls(host: String, port: UInt16)
    /// `starttls://host:port`: SMTP, then TLS.
    case startTLS(host: String, port: UInt16)
    /// A name server, when the endpoint has `dns`; port 53 unless the URL says otherwise.
    case dns(host: String, port: UInt16, question: DNSQuestion)
    /// `icmp://host`.
    case icmp(host: String)
    /// `ws://` or `wss://`.
    case webSocket(url: String)
    /// `ssh://host[:port]`: the server's banner; port 22 unless the URL says otherwise.
    case ssh(host: String, port: UInt16)
}
