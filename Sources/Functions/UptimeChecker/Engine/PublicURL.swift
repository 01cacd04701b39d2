import Basics

/// URLs as results, metrics and messages show them.
enum PublicURL {
    /// The URL without user and password, also of a URL in its query, and with `***` for the values of query parameters
    /// that look like secrets.
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
        let authority = bytes[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return Array(bytes) }
        return Array(bytes[..<start] + bytes[(at + 1)...])
    }

    /// The values that are not shown.
    static func secrets(in url: String) -> [String] {
        let query = Array(url.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") })
        return query.split(separator: UInt8(ascii: "&")).compactMap { parameter in
            secret(in: parameter).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func masked(_ parameter: ArraySlice<UInt8>) -> [UInt8] {
        if let secret = secret(in: parameter) { return Array(parameter[..<secret.startIndex] + "***".utf8) }
        let isURL = String(decoding: parameter, as: UTF8.self).containsBytes("://")
        return isURL ? withoutUser(parameter) : Array(parameter)
    }

    /// The value of a parameter whose name sounds like a secret.
    private static func secret(in parameter: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), equals + 1 < parameter.endIndex,
            isSecret(String(decoding: parameter[..<equals], as: UTF8.self).lowercased())
        else { return nil }
        return parameter[(equals + 1)...]
    }

    private static let secretNames: Set<String> = [
        "key", "sig", "pass", "pwd", "pw", "auth", "authorization", "session", "sid", "jwt", "code", "pin", "otp",
    ]
    private static let secretParts = [
        "token", "secret", "passw", "signature", "credential", "apikey", "api_key", "api-key", "access_key",
        "accesskey",
    ]

    /// Whether a header's name sounds like that of a secret: `x-api-key`, `x-auth`.
    /// - Parameter name: in lower case.
    static func isSecretHeader(_ name: String) -> Bool {
        isSecret(name)
            || name.split(whereSeparator: { $0 == "-" || $0 == "_" }).contains { secretNames.contains(String($0)) }
    }

    /// Whether a parameter's name sounds like that of a secret.
    /// - Parameter name: in lower case.
    static func isSecret(_ name: String) -> Bool {
        secretNames.contains(name) || secretParts.contains { part in name.containsBytes(part) }
    }
}
