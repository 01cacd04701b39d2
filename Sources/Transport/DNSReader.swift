/// Reads a DNS message from a position on; nothing outside the message is ever touched.
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
