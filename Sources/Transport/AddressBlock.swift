/// A range of IP addresses in CIDR form: `10.0.0.0/8`, `fe80::/10`, or one address.
struct AddressBlock: Sendable, Hashable {
    private let octets: [UInt8]
    private let length: Int

    /// A block from its text; `nil` when it is none.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = SocketAddress(ip: String(first), port: 0) else { return nil }
        octets = address.octets
        let full = octets.count * 8
        guard let length = parts.count == 1 ? full : Int(parts[1]), 0...full ~= length else { return nil }
        self.length = length
    }

    /// Whether the block holds an address, given as its 4 or 16 bytes.
    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == octets.count else { return false }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: 8)
        guard address.prefix(whole) == octets.prefix(whole) else { return false }
        return rest == 0 || (address[whole] ^ octets[whole]) >> (8 - rest) == 0
    }
}
