import Glibc
import Transport

extension DNSQuestion {
    /// Types that only the code of the answer is of use for, by IANA's numbers.
    private static let furtherTypes: [String: UInt16] = [
        "HINFO": 13, "LOC": 29, "NAPTR": 35, "CERT": 37, "DNAME": 39, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47,
        "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "SMIMEA": 53, "CDS": 59, "CDNSKEY": 60,
        "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63, "SVCB": 64, "HTTPS": 65, "SPF": 99, "ANY": 255, "URI": 256,
    ]

    /// Reads `dns`; nil when it has faults.
    init?(_ section: Section) {
        var name = section.text("query-name") ?? ""
        let type = section.text("query-type") ?? ""
        section.close()
        if name.isEmpty { section.fault("query-name", "give the name to ask for") }
        guard let number = Self.furtherTypes[type] ?? DNSRecordType(type)?.rawValue, type == type.uppercased() else {
            section.fault("query-type", "expected a type of record in capitals, such as A, AAAA, CNAME, MX, NS or TXT")
            return nil
        }
        if name.isEmpty { return nil }
        if !name.hasSuffix(".") { name += "." }
        if type == "PTR", !name.hasSuffix(".in-addr.arpa."), !name.hasSuffix(".ip6.arpa.") {
            guard let reverse = Self.reverseName(of: String(name.dropLast())) else {
                section.fault("query-name", "expected an address, or a name under in-addr.arpa or ip6.arpa, for PTR")
                return nil
            }
            name = reverse
        }
        self.init(name: name, type: DNSRecordType(rawValue: number).description)
    }

    /// `4.3.2.1.in-addr.arpa.` for 1.2.3.4, and the like under `ip6.arpa` (RFC 1035, section 3.5; RFC 3596).
    private static func reverseName(of address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            return bytes[..<4].reversed().map { "\($0)." }.joined() + "in-addr.arpa."
        }
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        let digits = bytes.reversed().flatMap { [$0 & 15, $0 >> 4] }
        return digits.map { String($0, radix: 16) + "." }.joined() + "ip6.arpa."
    }
}
