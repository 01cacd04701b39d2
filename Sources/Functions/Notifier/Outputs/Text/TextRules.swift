import Basics

/// How one service escapes text and counts its length.
///
/// Cuts text so that it fits once it is escaped. The cut is made in the plain text, so it never splits an escape. It
/// splits a grapheme cluster only when that alone is too long.
struct TextRules: Sendable {
    let escape: Escaping
    let unit: TextUnit

    /// Marks where text was left out.
    static let mark = "…"

    init(_ escape: Escaping, _ unit: TextUnit) {
        self.escape = escape
        self.unit = unit
    }

    /// The length of plain text once it is escaped.
    func length(_ text: some StringProtocol) -> Int { unit.count(escape(text)) }

    /// The text, escaped; a longer one is cut to the limit and ends with `…`.
    func fit(_ text: String, _ limit: Int) -> String {
        let escaped = escape(text)
        if unit.count(escaped) <= limit { return escaped }
        var rest = text[...]
        return escape(take(limit - unit.count(Self.mark), of: &rest)) + Self.mark
    }

    /// Splits plain text into pieces that fit once they are escaped, at line ends or spaces where possible.
    /// - Parameters:
    ///   - first: the limit of the first piece.
    ///   - others: the limit of the others.
    ///   - count: the most pieces; the last one is cut and ends with `…` when there is more.
    func pieces(_ text: String, first: Int, others: Int, count: Int) -> [String] {
        if length(text) <= first { return [text] }
        var rest = text[...]
        var pieces: [String] = []
        while !rest.isEmpty {
            let limit = pieces.isEmpty ? first : others
            if length(rest) <= limit {
                pieces.append(String(rest))
                break
            }
            if pieces.count == count - 1 {
                pieces.append(take(limit - unit.count(Self.mark), of: &rest) + Self.mark)
                break
            }
            pieces.append(String(take(limit, of: &rest, atSpaces: true)))
            if let next = rest.first, next.isNewline || next == " " { rest.removeFirst() }
        }
        return pieces
    }

    /// Removes as much from the front as fits, and at least one Unicode scalar.
    private func take(_ limit: Int, of text: inout Substring, atSpaces: Bool = false) -> Substring {
        var end = text.startIndex
        var room = limit
        // Big steps first, so that this takes hardly longer than escaping the text once.
        for step in [1_024, 64, 8, 1] {
            while let next = text.index(end, offsetBy: step, limitedBy: text.endIndex), next > end {
                let needed = length(text[end..<next])
                if needed > room { break }
                (end, room) = (next, room - needed)
            }
        }
        // The sum of the steps can be too small: a step may start with what looks like a URL, which is not escaped.
        while end > text.startIndex, length(text[..<end]) > limit { text.formIndex(before: &end) }
        if end == text.startIndex { end = endOfScalars(in: text, limit) }
        // Not at a space in the first half, which would leave a short piece.
        if atSpaces, end < text.endIndex, let space = text[...end].lastIndex(where: { $0.isNewline || $0 == " " }),
            length(text[..<space]) * 2 > limit
        {
            end = space
        }
        defer { text = text[end...] }
        return text[..<end]
    }

    /// For a grapheme cluster of more scalars than fit.
    private func endOfScalars(in text: Substring, _ limit: Int) -> Substring.Index {
        let scalars = text.unicodeScalars
        var (end, used) = (scalars.startIndex, 0)
        while end < scalars.endIndex {
            used += length(String(scalars[end]))
            if used > limit, end > scalars.startIndex { break }
            scalars.formIndex(after: &end)
        }
        return end
    }
}

/// Replacements for single ASCII characters that are markup to a service.
///
/// Control characters except line feed and tab are removed for every service.
struct Escaping: Sendable {
    private var replacements: [String?]
    /// Whether URLs stay as they are: the service makes links of them, and escapes would become part of the link.
    private let keepsURLs: Bool
    /// Whether an invisible word joiner follows an `@` that could start a mention.
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

    mutating func replace(_ character: Character, by text: String) {
        if let byte = character.asciiValue { replacements[Int(byte)] = text }
    }

    /// The escaped text.
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
            if breaksMentions, byte == UInt8(ascii: "@"), index == 0 || !bytes[index - 1].isASCIIAlphanumeric {
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

    /// Where a URL that starts here ends; only characters that no markup uses in pairs belong to it.
    private static func endOfURL(in bytes: [UInt8], at start: Int) -> Int? {
        guard start == 0 || !bytes[start - 1].isASCIIAlphanumeric,
            bytes[start...].starts(with: "https://".utf8) || bytes[start...].starts(with: "http://".utf8)
        else { return nil }
        let end = bytes[start...].firstIndex { byte in
            !byte.isASCIIAlphanumeric && !"-_.:/?#&=%+,;".utf8.contains(byte)
        }
        return end ?? bytes.count
    }
}

extension Escaping {
    /// For the inside of a double-quoted HTML attribute.
    static let attribute = Escaping(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"])
}

/// The unit of a service's limits.
enum TextUnit: Sendable {
    /// UTF-16 code units; never fewer than characters.
    case utf16
    /// Bytes of UTF-8.
    case bytes
    /// Bytes of UTF-8 that the text needs inside a JSON string.
    case jsonBytes

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
