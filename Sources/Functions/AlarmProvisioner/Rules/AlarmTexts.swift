import Basics

/// Makes texts that CloudWatch accepts as an alarm's name.
public enum AlarmName {
    /// In UTF-16 units, as CloudWatch counts.
    public static let limit = 255

    /// The common form, `<prefix>-<rule>-<resource>`; empty parts are left out.
    public static func common(_ parts: [String]) -> String {
        valid(parts.filter { !$0.isEmpty }.joined(separator: "-"))
    }

    /// A name without control characters, of which a long one is cut and ends with a hash of the whole.
    public static func valid(_ name: String) -> String {
        // Most names are short and plain.
        if name.utf8.count <= limit, !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return name }
        var cleaned = String(
            String.UnicodeScalarView(name.unicodeScalars.map { $0.properties.generalCategory == .control ? "-" : $0 }))
        if cleaned.isEmpty { cleaned = "alarm" }
        return cleaned.utf16.count <= limit ? cleaned : cut(cleaned, hashOf: cleaned)
    }

    /// A name that differs from others of the same text: a hash of what makes it different follows.
    public static func distinct(_ name: String, by difference: String) -> String {
        name.utf16.count + hashLength + 1 <= limit
            ? name + "-" + hash(difference) : cut(name, hashOf: name + "\n" + difference)
    }

    private static let hashLength = 8

    private static func hash(_ text: String) -> String { String(Digest.sha256Hex(text).prefix(hashLength)) }

    private static func cut(_ name: String, hashOf text: String) -> String {
        name.cut(utf16: limit - hashLength - 1) + "-" + hash(text)
    }
}

/// Makes texts that CloudWatch accepts as the key or value of a tag: letters, digits, spaces and `_.:/=+-@`.
public enum AlarmTagText {
    /// Other characters become `_`; a long one is cut.
    public static func value(_ text: String) -> String { valid(text, limit: 256) }

    /// The same for the key of a tag, which may be half as long.
    static func key(_ text: String) -> String { valid(text, limit: 128) }

    private static func valid(_ text: String, limit: Int) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy(isPlain) { return text }
        let cleaned = String(
            String.UnicodeScalarView(text.unicodeScalars.map { isAllowed($0) ? $0 : "_" }))
        return cleaned.cut(utf16: limit)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "@"): true
        case UInt8(ascii: "-")...UInt8(ascii: ":"): true  // - . / 0 to 9 :
        default: byte.isASCIIAlphanumeric
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isPlain(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        case .decimalNumber, .letterNumber, .otherNumber, .spaceSeparator: return true
        default: return false
        }
    }
}

extension String {
    /// At most this many UTF-16 units of it, without half characters.
    func cut(utf16 limit: Int) -> String {
        guard utf16.count > limit else { return self }
        var (count, end) = (0, startIndex)
        while end < endIndex {
            let next = index(after: end)
            count += self[end..<next].utf16.count
            if count > limit { break }
            end = next
        }
        return String(self[..<end])
    }
}
