/// What a DNS check asks: an endpoint's `dns`.
struct DNSQuestion: Sendable, Hashable {
    /// `query-name` with a dot at the end; for PTR, an address became its name under `in-addr.arpa` or `ip6.arpa`.
    var name: String
    /// `query-type` as Transport's `DNSRecordType` reads it: `A`, `MX`, or a number such as `TYPE65` for HTTPS.
    var type: String
}
