/// How a service counts the length of a text.
enum TextUnit: Sendable {
    /// UTF-16 code units, as JavaScript counts; never fewer than there are characters.
    case utf16
    /// Bytes of UTF-8.
    case bytes
    /// Bytes that the text takes inside a JSON string.
    case jsonBytes

    /// The length of a text.
    func count(_ text: some StringProtocol) -> Int {
        switch self {
        case .utf16: text.utf16.count
        case .bytes: text.utf8.count
        case .jsonBytes: text.utf8.reduce(0) { $0 + Self.jsonLength($1) }
        }
    }

    private static func jsonLength(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): 2
        case 0x08, 0x0C: 2
        case ..<0x20: 6
        default: 1
        }
    }
}
