import Basics

/// Reads a DNS message from a position on, and never outside of the message.
struct DNSReader {
    private let bytes: [UInt8]
    var position: Int

    init(_ bytes: [UInt8], at position: Int) {
        self.bytes = bytes
        self.position = position
    }

    mutating func take(_ count: Int) throws(TransportError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw Self.cutOff }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func uint8() throws(TransportError) -> UInt8 { try number() }
    mutating func uint16() throws(TransportError) -> UInt16 { try number() }
    mutating func uint32() throws(TransportError) -> UInt32 { try number() }

    private mutating func number<N: FixedWidthInteger>() throws(TransportError) -> N {
        try take(MemoryLayout<N>.size).reduce(0) { $0 &<< 8 | N(truncatingIfNeeded: $1) }
    }

    /// A domain name with the dot at its end; bytes that are not plain are escaped as in a zone file.
    mutating func name() throws(TransportError) -> String {
        var text = ""
        var end: Int?  // where the name stops at its own place, once it has been left for another
        var size = 0
        var bound = position
        while true {
            let length = Int(try uint8())
            if length >= 0xC0 {
                let target = (length & 0x3F) << 8 | Int(try uint8())
                end = end ?? position
                // A name continues before the place where it began, every time: so it ends.
                guard target < bound else { throw Self.looping }
                (position, bound) = (target, target)
                continue
            }
            guard length < 0x40 else { throw Self.looping }
            if length == 0 { break }
            size += length + 1
            guard size < 255 else { throw Self.looping }
            for byte in try take(length) { text += Self.zoneFileForm(of: byte) }
            text += "."
        }
        position = end ?? position
        return text.isEmpty ? "." : text
    }

    private static func zoneFileForm(of byte: UInt8) -> String {
        let character = Character(UnicodeScalar(byte))
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""): return "\\\(character)"
        case 0x21...0x7E: return String(character)
        default: return "\\" + String("00\(byte)".suffix(3))
        }
    }

    private static let cutOff = malformed("it ends in the middle of a record")
    private static let looping = malformed("a name in it is too long or leads nowhere")

    private static func malformed(_ what: String) -> TransportError {
        TransportError(.malformedResponse, "the name server's answer cannot be understood: \(what)", phase: .body)
    }
}

extension DNSReader {
    /// A resource record as it is on the wire, with its data as somebody reads it.
    struct WireRecord<Data> {
        let name: String
        let type: DNSRecordType
        let recordClass: UInt16
        let timeToLive: UInt32
        let raw: ArraySlice<UInt8>
        let data: Data
    }

    /// One resource record (RFC 1035 section 4.1.3).
    /// - Parameter read: reads the data in its place, because it may point to names before it.
    mutating func wireRecord<Data>(
        _ read: (inout DNSReader, DNSRecordType, ArraySlice<UInt8>) throws(TransportError) -> Data
    ) throws(TransportError) -> WireRecord<Data> {
        let name = try name()
        let type = DNSRecordType(rawValue: try uint16())
        let recordClass = try uint16()
        let timeToLive = try uint32()
        let length = Int(try uint16())
        let start = position
        let raw = try take(length)
        position = start
        let data = try read(&self, type, raw)
        guard position <= start + length else { throw DNSReader.overrun }
        position = start + length
        return WireRecord(
            name: name, type: type, recordClass: recordClass, timeToLive: timeToLive, raw: raw, data: data)
    }

    /// One resource record, with its data as text.
    mutating func record() throws(TransportError) -> DNSAnswer.Record {
        let record = try wireRecord { (reader, type, raw) throws(TransportError) in try reader.text(of: type, raw) }
        return DNSAnswer.Record(
            name: record.name, type: record.type, timeToLive: record.timeToLive, text: record.data)
    }

    static let overrun = TransportError(
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
            return "\\# \(raw.count) \(Array(raw).hex)"
        }
    }

    /// The strings of a TXT record, one after the other, as one.
    private mutating func strings(in raw: ArraySlice<UInt8>) throws(TransportError) -> [UInt8] {
        var text: [UInt8] = []
        while position < raw.endIndex { text += try take(Int(try uint8())) }
        return text
    }
}
