/// URLs as results, metrics and messages show them.
enum PublicURL {
    /// The URL without user and password, and with `***` for the values of query parameters that look like secrets.
    ///
    /// Everything else stays as it was written.
    static func text(_ url: String) -> String {
        let bytes = Array(url.utf8)
        var end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        var shown = withoutUser(bytes[..<end])
        if end < bytes.count, bytes[end] == UInt8(ascii: "?") {
            let query = bytes[(end + 1)...].prefix { $0 != UInt8(ascii: "#") }
            let parameters = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map(masked)
            shown += [UInt8(ascii: "?")] + parameters.joined(separator: [UInt8(ascii: "&")])
            end = query.endIndex
        }
        return String(decoding: shown + bytes[end...], as: UTF8.self)
    }

    private static func withoutUser(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var start = bytes.startIndex
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) {
            start = colon + 3
        }
        let authority = bytes[start...].prefix { $0 != UInt8(ascii: "/") }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return Array(bytes) }
        return Array(bytes[..<start] + bytes[(at + 1)...])
    }

    private static func masked(_ parameter: ArraySlice<UInt8>) -> [UInt8] {
        guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), equals + 1 < parameter.endIndex,
            isSecret(String(decoding: parameter[..<equals], as: UTF8.self).lowercased())
        else { return Array(parameter) }
        return Array(parameter[...equals]) + "***".utf8
    }

    private static let secretNames: Set<String> = [
        "key", "sig", "pass", "pwd", "pw", "auth", "authorization", "session", "sid", "jwt", "code",
    ]
    private static let secretParts = [
        "token", "secret", "passw", "signature", "credential", "apikey", "api_key", "api-key", "access_key",
        "accesskey",
    ]

    private static func isSecret(_ name: String) -> Bool {
        secretNames.contains(name) || secretParts.contains { part in name.holds(part) }
    }
}

extension String {
    /// Whether a text is part of this one, byte by byte.
    func holds(_ part: String) -> Bool { utf8.holds(part.utf8) }

    /// This text with another text in the places of a part.
    func substituting(_ part: String, by replacement: String) -> String {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        guard !part.isEmpty, bytes.holds(part) else { return self }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: part) {
                result += replacement.utf8
                position += part.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension Collection<UInt8> {
    fileprivate func holds(_ part: some Collection<UInt8>) -> Bool {
        var rest = self[...]
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
