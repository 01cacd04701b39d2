/// Bytes of programs and servers as text.
enum TextDecoding {
    /// By the name of a charset; UTF-8 for one that is not known.
    ///
    /// What is not in the charset becomes U+FFFD.
    static func text(_ bytes: [UInt8], charset: String) -> String {
        switch charset {
        case "iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii":
            String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        case "windows-1252", "cp1252":
            String(
                String.UnicodeScalarView(
                    bytes.map { (0x80...0x9F).contains($0) ? windows1252[Int($0) - 0x80] : Unicode.Scalar($0) }))
        default: String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Without a name: by a byte order mark, else UTF-8, else each byte a character of Latin 1.
    static func guessed(_ bytes: [UInt8]) -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return String(decoding: bytes.dropFirst(3), as: UTF8.self) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), highByte: 1) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), highByte: 0) }
        return String(validating: bytes, as: UTF8.self) ?? text(bytes, charset: "latin-1")
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, highByte: Int) -> String {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            UInt16(bytes[index + highByte]) << 8 | UInt16(bytes[index + 1 - highByte])
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// 0x80 to 0x9F, where Windows 1252 is not Latin 1.
    private static let windows1252 =
        Array(
            "\u{20AC}\u{FFFD}\u{201A}\u{0192}\u{201E}\u{2026}\u{2020}\u{2021}\u{02C6}\u{2030}\u{0160}\u{2039}\u{0152}"
                .unicodeScalars)
        + Array(
            "\u{FFFD}\u{017D}\u{FFFD}\u{FFFD}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}".unicodeScalars)
        + Array("\u{02DC}\u{2122}\u{0161}\u{203A}\u{0153}\u{FFFD}\u{017E}\u{0178}".unicodeScalars)
}
