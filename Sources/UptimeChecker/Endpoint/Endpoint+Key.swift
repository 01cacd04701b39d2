extension Endpoint {
    /// Gatus's key of a group and a name.
    static func key(group: String?, name: String) -> String {
        "\(sanitized(group ?? ""))_\(sanitized(name))"
    }

    private static func sanitized(_ text: String) -> String {
        let bytes = text.lowercased().trimmingWhitespace.utf8.map { byte in
            "/_., #+&".utf8.contains(byte) ? UInt8(ascii: "-") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
