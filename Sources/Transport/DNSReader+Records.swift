extension DNSReader {
    /// One resource record (RFC 1035 section 4.1.3).
    mutating func record() throws(TransportError) -> DNSAnswer.Record {
        let name = try name()
        let type = DNSRecordType(rawValue: try uint16())
        _ = try uint16()  // the class
        let timeToLive = try uint32()
        let length = Int(try uint16())
        let start = position
        let raw = try take(length)
        // Its data may point to names before it, so that it is read in its place.
        position = start
        let text = try text(of: type, raw)
        guard position <= start + length else { throw DNSReader.overrun }
        position = start + length
        return DNSAnswer.Record(name: name, type: type, timeToLive: timeToLive, text: text)
    }

    private static let overrun = TransportError(
        .malformedResponse, "the name server's answer cannot be understood: a record is longer than it says",
        phase: .body
    )

    private mutating func text(of type: DNSRecordType, _ raw: ArraySlice<UInt8>) throws(TransportError) -> String {
        switch type {
        case .a, .aaaa:
            guard raw.count == (type == .a ? 4 : 16), let address = SocketAddress(octets: Array(raw), port: 0) else {
                throw DNSReader.overrun
            }
            return address.ip
        case .cname, .ns, .ptr: return try name()
        case .mx:
            _ = try uint16()  // the preference, which Gatus leaves out
            return try name()
        case .srv:
            _ = try take(4)  // priority and weight
            let port = try uint16()
            return "\(try name()):\(port)"
        case .soa:
            let names = "\(try name()) \(try name())"
            var numbers = ""
            for _ in 0..<5 { numbers += " \(try uint32())" }
            return names + numbers
        case .txt: return String(decoding: try strings(in: raw), as: UTF8.self)
        case .caa:
            let flags = try uint8()
            let tag = String(decoding: try take(Int(try uint8())), as: UTF8.self)
            guard raw.endIndex >= position else { throw DNSReader.overrun }
            return "\(flags) \(tag) \"\(String(decoding: raw[position...], as: UTF8.self))\""
        default:
            return "\\# \(raw.count) " + raw.map { String("0\(String($0, radix: 16))".suffix(2)) }.joined()
        }
    }

    /// The strings of a TXT record, one after the other, as one.
    private mutating func strings(in raw: ArraySlice<UInt8>) throws(TransportError) -> [UInt8] {
        var text: [UInt8] = []
        while position < raw.endIndex { text += try take(Int(try uint8())) }
        return text
    }
}
