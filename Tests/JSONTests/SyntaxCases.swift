/// Texts on both sides of every rule of RFC 8259; they touch the points of nst/JSONTestSuite's `test_parsing` one by
/// one.
///
/// One text a line, `%XX` for a byte that cannot be written plainly. Texts too long or too short for a line are in
/// `SyntaxTests`.
enum SyntaxCases {
    /// The texts of a list.
    static func list(_ lines: String) -> [String] { lines.split(separator: "\n").map(String.init) }

    /// The bytes that a line stands for.
    static func bytes(_ line: String) -> [UInt8] {
        var rest = line.utf8[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let escaped = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(escaped)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
