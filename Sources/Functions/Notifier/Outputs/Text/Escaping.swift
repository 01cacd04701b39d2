/// What a service's markup wants written instead of single ASCII characters, so that text stays text.
///
/// Control characters other than the line break and the tab are left out everywhere: no service shows them.
struct Escaping: Sendable {
    private var replacements: [String?]
    /// Whether `http://` and `https://` addresses stay as they are, because the service links them with all escapes.
    private let keepsURLs: Bool
    /// Whether an invisible character goes after an `@` that could begin a name.
    private let breaksMentions: Bool

    init(_ table: KeyValuePairs<Character, String> = [:], keepsURLs: Bool = false, breaksMentions: Bool = false) {
        replacements = (0..<128).map { $0 < 0x20 || $0 == 0x7F ? "" : nil }
        (replacements[0x09], replacements[0x0A]) = (nil, nil)
        self.keepsURLs = keepsURLs
        self.breaksMentions = breaksMentions
        for (character, replacement) in table { replace(character, by: replacement) }
    }

    /// A backslash before each of the characters.
    static func backslashes(before characters: String, breaksMentions: Bool = false) -> Escaping {
        var escaping = Escaping(keepsURLs: true, breaksMentions: breaksMentions)
        for byte in characters.utf8 { escaping.replacements[Int(byte)] = "\\" + String(UnicodeScalar(byte)) }
        return escaping
    }

    /// Adds one replacement.
    mutating func replace(_ character: Character, by text: String) {
        if let byte = character.asciiValue { replacements[Int(byte)] = text }
    }

    /// The text as the service wants it.
    func callAsFunction(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        guard let first = bytes.indices.first(where: { needsCare(bytes[$0]) }) else { return String(text) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 32)
        result += bytes[..<first]
        var index = first
        while index < bytes.count {
            let byte = bytes[index]
            if keepsURLs, byte == UInt8(ascii: "h"), let end = Self.endOfURL(in: bytes, at: index) {
                result += bytes[index..<end]
                index = end
                continue
            }
            if let replacement = byte < 0x80 ? replacements[Int(byte)] : nil {
                result += replacement.utf8
            } else {
                result.append(byte)
            }
            if breaksMentions, byte == UInt8(ascii: "@"), index == 0 || !Self.isWord(bytes[index - 1]) {
                result += Self.wordJoiner
            }
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let wordJoiner = Array("\u{2060}".utf8)

    @inline(__always)
    private func needsCare(_ byte: UInt8) -> Bool {
        byte < 0x80 && (replacements[Int(byte)] != nil || breaksMentions && byte == UInt8(ascii: "@"))
            || keepsURLs && byte == UInt8(ascii: "h")
    }

    /// Where an address ends that begins here; only characters that no markup uses in pairs belong to it.
    private static func endOfURL(in bytes: [UInt8], at start: Int) -> Int? {
        guard start == 0 || !isWord(bytes[start - 1]),
            bytes[start...].starts(with: "https://".utf8) || bytes[start...].starts(with: "http://".utf8)
        else { return nil }
        let end = bytes[start...].firstIndex { byte in
            !isWord(byte) && !"-_.:/?#&=%+,;".utf8.contains(byte)
        }
        return end ?? bytes.count
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension Escaping {
    /// For the inside of a double-quoted HTML attribute.
    static let attribute = Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"])
}

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
