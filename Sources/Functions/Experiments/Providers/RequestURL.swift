import Basics

/// URLs as Python's requests sends them.
enum RequestURL {
    /// Encodes what may not stand in a URL, decodes what need not be encoded, and removes `.` and `..` from the path.
    static func requoted(_ url: String) -> String {
        let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("//") else { return url }
        let authority = parts[1].dropFirst(2).prefix { !"/?#".contains($0) }
        let rest = parts[1].dropFirst(2 + authority.count).prefix { $0 != "#" }
        let path = rest.prefix { $0 != "?" }
        let query = rest.dropFirst(path.count)
        return "\(parts[0])://\(authority)\(encoded(withoutDots(path)))\(encoded(query))"
    }

    /// As RFC 3986, 5.2.4.
    private static func withoutDots(_ path: Substring) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.contains(where: { $0 == "." || $0 == ".." }) else { return String(path) }
        var kept: [Substring] = []
        for segment in segments where segment != "." {
            if segment != ".." { kept.append(segment) } else if kept.count > 1 { kept.removeLast() }
        }
        if segments.last == "." || segments.last == ".." { kept.append("") }
        return kept.joined(separator: "/")
    }

    /// Percent-encodes path or query.
    ///
    /// What is encoded already stays so, except for letters, digits and `-._~`.
    private static func encoded(_ text: some StringProtocol) -> String {
        let pieces = text.split(separator: "%", omittingEmptySubsequences: false)
        // One percent sign that encodes nothing, and all of them are taken for plain characters.
        guard pieces.dropFirst().allSatisfy({ byte(ofCode: $0) != nil }) else { return escaped(String(text)) }
        return escaped(String(pieces[0]))
            + pieces.dropFirst().map { piece in
                let byte = byte(ofCode: piece) ?? 0
                // Encoding the byte anew leaves what needs no code.
                let code =
                    byte < 0x80 ? percentEncoded(String(Unicode.Scalar(byte))) : "%" + piece.prefix(2).uppercased()
                return code + escaped(String(piece.dropFirst(2)))
            }.joined()
    }

    private static func escaped(_ text: String) -> String { percentEncoded(text, keeping: "!$&'()*+,;=:@/?") }

    /// The byte of a text that begins with its two hexadecimal digits.
    private static func byte(ofCode text: some StringProtocol) -> UInt8? {
        let digits = text.utf8.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
            return nil
        }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
