/// Which kind of IP address to use for a host name.
public enum AddressFamily: Sendable, Hashable {
    /// Whatever there is.
    case any
    /// IPv4 only.
    case ipv4
    /// IPv6 only.
    case ipv6

    func includes(_ address: SocketAddress) -> Bool {
        switch self {
        case .any: true
        case .ipv4: !address.isIPv6
        case .ipv6: address.isIPv6
        }
    }
}
