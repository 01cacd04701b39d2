import Basics

/// Puts environment variables into a configuration, as Gatus does: on the whole text, before it is read.
///
/// `$NAME` and `${NAME}` become the variable's value, nothing when it is not set, and `$$` a dollar sign; a dollar sign
/// before anything else stays. The rules are those of Go's `os.Expand`.
struct VariableExpansion {
    /// The text with the values.
    private(set) var text: [UInt8] = []
    /// Variables that are not set, each with the first line on which it stands.
    private(set) var unset: [(name: String, line: Int)] = []

    private static let dollar = UInt8(ascii: "$")

    init(_ bytes: [UInt8], environment: [String: String]) {
        var rest = bytes[...]
        var line = 1
        text.reserveCapacity(bytes.count)
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == Self.dollar, let next = rest.first else {
                text.append(byte)
                continue
            }
            if next == Self.dollar {
                rest.removeFirst()
                text.append(Self.dollar)
                continue
            }
            guard let (name, length) = Self.name(in: rest) else {
                text.append(byte)
                continue
            }
            rest.removeFirst(length)
            if name.isEmpty { continue }
            if let value = environment[name] {
                text += value.utf8
            } else if !unset.contains(where: { $0.name == name }) {
                unset.append((name, line))
            }
        }
    }

    /// The name behind a dollar sign and how long it is with its braces; nil when there is none, and an empty name for
    /// braces without a name, which are dropped.
    private static func name(in rest: ArraySlice<UInt8>) -> (String, Int)? {
        func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
        guard let first = rest.first else { return nil }
        if first == UInt8(ascii: "{") {
            let inside = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
            guard inside.endIndex < rest.endIndex else { return ("", 1) }
            return (text(inside), inside.count + 2)
        }
        if "*#@!?-0123456789".utf8.contains(first) { return (text([first]), 1) }
        let name = rest.prefix(while: isNameByte)
        return name.isEmpty ? nil : (text(name), name.count)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") }
}
