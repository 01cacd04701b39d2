extension CheckTarget {
    /// The host that the check speaks to, in lower case.
    var host: String {
        switch self {
        case .http(let url), .webSocket(let url): (WebURL(url)?.host ?? url).lowercased()
        case .tcp(let host, _), .udp(let host, _), .tls(let host, _), .startTLS(let host, _), .ssh(let host, _),
            .icmp(let host), .dns(let host, _, _):
            host.lowercased()
        }
    }

    /// The port that the check speaks to; `nil` where there are no ports.
    var port: UInt16? {
        switch self {
        case .http(let url), .webSocket(let url): WebURL(url)?.port
        case .tcp(_, let port), .udp(_, let port), .tls(_, let port), .startTLS(_, let port), .ssh(_, let port),
            .dns(_, let port, _):
            port
        case .icmp: nil
        }
    }
}
