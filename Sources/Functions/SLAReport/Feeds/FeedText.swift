internal import Basics

/// A UUID that is always the same for the same name (RFC 9562, version 8: the start of a SHA-256 digest).
func nameUUID(_ kind: String, _ name: String) -> String {
    var bytes = Array(Digest.sha256(Array("\(kind)\n\(name)".utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = bytes.hex
    var (text, start) = ("", hex.startIndex)
    for length in [8, 4, 4, 4, 12] {
        let end = hex.index(start, offsetBy: length)
        text += (text.isEmpty ? "" : "-") + hex[start..<end]
        start = end
    }
    return text
}

/// The text without the characters that XML 1.0 cannot hold, not even escaped; they become U+FFFD.
///
/// A line end becomes a space: titles and names are one line.
func xmlText(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: result.append(" ")
        case 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: result.append(scalar)
        default: result.append("\u{FFFD}")
        }
    }
    return String(result)
}
