internal import JSON

/// Writes JSON byte for byte as `JSON.stringify(value, null, 2)` does.
///
/// A history of two weeks has 20,000 items, so nothing is built before it is written.
struct OriginalJSON {
    private(set) var bytes: [UInt8] = []
    private var depth = 0
    private var isFirst = true

    /// Opens an array or an object: `[` or `{`.
    mutating func open(_ bracket: Unicode.Scalar) {
        append(bracket)
        depth += 1
        isFirst = true
    }

    /// Closes one.
    mutating func close(_ bracket: Unicode.Scalar) {
        depth -= 1
        if !isFirst { lineBreak() }
        append(bracket)
        isFirst = false
    }

    /// Starts the next element of an array.
    mutating func element() {
        if !isFirst { append(",") }
        isFirst = false
        lineBreak()
    }

    /// Starts the next member of an object.
    mutating func member(_ name: StaticString) {
        element()
        append("\"")
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        append("\"")
        append(":")
        append(" ")
    }

    mutating func write(_ text: String) { bytes.append(contentsOf: JSONValue.string(text).serialized()) }
    mutating func write(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }
    mutating func writeNull() { bytes.append(contentsOf: "null".utf8) }

    mutating func write(_ value: Int) {
        if value < 0 { append("-") }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Writes a number as JavaScript does: `34`, `0.00005`, `1e-7`, and null for what is no number.
    mutating func write(_ value: Double) {
        guard value.isFinite else { return writeNull() }
        if let whole = Int(exactly: value) { return write(whole) }
        // Both languages write the shortest digits that give the number back. They differ in when they use exponents.
        let text = value.description
        guard text.utf8.contains(UInt8(ascii: "e")) else { return bytes.append(contentsOf: text.utf8) }
        writeWithoutExponent(text)
    }

    private mutating func writeWithoutExponent(_ text: String) {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return bytes.append(contentsOf: text.utf8) }
        let digits = parts[0].utf8.filter { (0x30...0x39).contains($0) }
        let significant = digits.dropLast(digits.reversed().prefix { $0 == UInt8(ascii: "0") }.count)
        if text.utf8.first == UInt8(ascii: "-") { append("-") }
        switch exponent {
        case -6...(-1):
            bytes.append(contentsOf: "0.".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -exponent - 1))
            bytes.append(contentsOf: significant)
        case 0..<21:
            bytes.append(contentsOf: significant)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, exponent + 1 - significant.count)))
        default:
            bytes.append(contentsOf: significant.prefix(1))
            if significant.count > 1 { append(".") }
            bytes.append(contentsOf: significant.dropFirst())
            append("e")
            append(exponent < 0 ? "-" : "+")
            write(Int(exponent.magnitude))
        }
    }

    private mutating func append(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

    private mutating func lineBreak() {
        append("\n")
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }
}
