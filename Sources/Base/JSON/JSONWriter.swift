import Basics

/// Writes JSON text, without recursion.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let options: JSONWritingOptions
    private var open: [Container] = []

    /// A container that is being written, and the index of its next element or member.
    private struct Container {
        let elements: [JSONValue]
        let members: [JSONObject.Element]?
        var next = 0
    }

    init(options: JSONWritingOptions) { self.options = options }

    /// Writes one value with all it contains.
    mutating func write(_ value: JSONValue) {
        begin(value)
        while var container = open.popLast() {
            let count = container.members?.count ?? container.elements.count
            guard container.next < count else {
                writeLineBreak()
                append(container.members == nil ? "]" : "}")
                continue
            }
            let place = container.next
            container.next += 1
            open.append(container)
            if place > 0 { append(",") }
            writeLineBreak()
            if let member = container.members?[place] {
                write(member.key)
                append(options.contains(.pretty) ? ": " : ":")
                begin(member.value)
            } else {
                begin(container.elements[place])
            }
        }
    }

    /// Writes a scalar or an empty container; of other containers only the opening bracket.
    private mutating func begin(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value):
            if value < 0 { append("-") }
            write(value.magnitude)
        case .unsigned(let value): write(value)
        case .double(let value): append(value.isFinite ? value.description : "null")
        case .string(let value): write(value)
        case .array(let elements):
            guard !elements.isEmpty else { return append("[]") }
            append("[")
            open.append(Container(elements: elements, members: nil))
        case .object(let object):
            guard !object.isEmpty else { return append("{}") }
            append("{")
            open.append(Container(elements: [], members: ordered(object.members)))
        }
    }

    private func ordered(_ members: [JSONObject.Element]) -> [JSONObject.Element] {
        guard options.contains(.sortedKeys) else { return members }
        return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private mutating func writeLineBreak() {
        guard options.contains(.pretty) else { return }
        append("\n")
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * open.count))
    }

    private mutating func write(_ value: UInt64) {
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func write(_ string: String) {
        append("\"")
        string.withBytes { text in
            var plain = 0
            for index in text.indices where mayNeedEscape(text[index]) {
                guard let escape = escape(for: text, at: index) else { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<index]))
                append(escape.text)
                plain = index + escape.length
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
        }
        append("\"")
    }

    @inline(__always)
    private func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || options.contains(.htmlSafe)
    }

    /// The escape for the character at a place, if it needs one, and the character's length in bytes.
    private func escape(for text: UnsafeBufferPointer<UInt8>, at index: Int) -> (text: String, length: Int)? {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "\""): return ("\\\"", 1)
        case UInt8(ascii: "\\"): return ("\\\\", 1)
        case UInt8(ascii: "\n"): return ("\\n", 1)
        case UInt8(ascii: "\r"): return ("\\r", 1)
        case UInt8(ascii: "\t"): return ("\\t", 1)
        case 0x08: return ("\\b", 1)
        case 0x0C: return ("\\f", 1)
        case ..<0x20: return ((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16), 1)
        case UInt8(ascii: "<"): return ("\\u003c", 1)
        case UInt8(ascii: ">"): return ("\\u003e", 1)
        case UInt8(ascii: "&"): return ("\\u0026", 1)
        case 0xE2 where text[index...].starts(with: [0xE2, 0x80, 0xA8]): return ("\\u2028", 3)
        case 0xE2 where text[index...].starts(with: [0xE2, 0x80, 0xA9]): return ("\\u2029", 3)
        default: return nil
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

/// The format of JSON text.
public struct JSONWritingOptions: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// One element a line, two spaces of indentation, `": "` after keys, `[]` and `{}` when empty (as Python's
    /// `indent=2`).
    ///
    /// Without it there is no white space at all.
    public static let pretty = JSONWritingOptions(rawValue: 1)
    /// Keys in the order of their UTF-8 bytes instead of as inserted.
    public static let sortedKeys = JSONWritingOptions(rawValue: 2)
    /// Safe inside HTML and old JavaScript: `<`, `>`, `&`, U+2028 and U+2029 are written as `\uXXXX`.
    ///
    /// Without it only what JSON demands is escaped: `"`, `\` and the characters below U+0020.
    public static let htmlSafe = JSONWritingOptions(rawValue: 4)
}
