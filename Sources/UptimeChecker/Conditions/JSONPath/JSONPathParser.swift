import JSON

/// Reads JSONPath; fails with the place in the text that it was made from.
struct JSONPathParser {
    private(set) var rest: ArraySlice<UInt8>
    /// How deep filters are nested in filters.
    var depth = 0

    init(_ text: ArraySlice<UInt8>) { rest = text }

    mutating func segments() throws(ConditionError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        while true {
            if take("..") {
                let selectors = rest.first == UInt8(ascii: "[") ? try bracketed() : [try dotted()]
                segments.append(JSONPath.Segment(isDescendant: true, selectors: selectors))
            } else if take(".") {
                segments.append(JSONPath.Segment(isDescendant: false, selectors: [try dotted()]))
            } else if rest.first == UInt8(ascii: "[") {
                segments.append(JSONPath.Segment(isDescendant: false, selectors: try bracketed()))
            } else {
                return segments
            }
        }
    }

    func expectEnd() throws(ConditionError) {
        guard rest.isEmpty else { throw unexpected("`.name`, `[0]`, `['name']`, `[*]` or `[?@.name == 'x']`") }
    }

    private mutating func dotted() throws(ConditionError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        let name = rest.prefix { !Self.endsName.contains($0) && $0 > 0x20 }
        guard !name.isEmpty else { throw unexpected("a name or `*`") }
        rest = rest.dropFirst(name.count)
        return .name(String(decoding: name, as: UTF8.self))
    }

    private static let endsName = Set(".[]()*,=!<>&|'\"".utf8)

    private mutating func bracketed() throws(ConditionError) -> [JSONPath.Selector] {
        _ = take("[")
        var selectors: [JSONPath.Selector] = []
        repeat {
            skipSpace()
            selectors.append(try selector())
            skipSpace()
        } while take(",")
        guard take("]") else { throw unexpected("`,` or `]`") }
        return selectors
    }

    private mutating func selector() throws(ConditionError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        if take("?") { return .filter(try filter()) }
        if let name = try string() { return .name(name) }
        let start = try integer()
        skipSpace()
        guard take(":") else {
            guard let start else { throw unexpected("an index, a slice, `*`, `?` or a name in quotes, `['name']`") }
            return .index(start)
        }
        skipSpace()
        let end = try integer()
        skipSpace()
        var step: Int?
        if take(":") {
            skipSpace()
            step = try integer()
        }
        return .slice(start: start, end: end, step: step ?? 1)
    }

    /// An integer within the range that RFC 7493 calls safe; `nil` where there is none.
    private mutating func integer() throws(ConditionError) -> Int? {
        var digits = rest.prefix { $0 == UInt8(ascii: "-") || 0x30...0x39 ~= $0 }
        guard !digits.isEmpty else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
        let isPlain = digits.first != UInt8(ascii: "0") || text == "0"
        guard let value = Int(text), value.magnitude < 1 << 53, isPlain else { throw unexpected("an integer") }
        rest = rest[digits.endIndex...]
        return value
    }

    /// A string in single or double quotes; `nil` where there is none.
    mutating func string() throws(ConditionError) -> String? {
        guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        let start = rest.startIndex
        var json: [UInt8] = [UInt8(ascii: "\"")]
        rest = rest.dropFirst()
        while let byte = rest.first, byte != quote {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "\\"), let escaped = rest.first {
                rest = rest.dropFirst()
                // JSON knows no escaped single quote, and JSONPath no escaped quote of the other kind.
                json += escaped == quote && quote == UInt8(ascii: "'") ? [quote] : [byte, escaped]
            } else {
                json += byte == UInt8(ascii: "\"") ? [UInt8(ascii: "\\"), byte] : [byte]
            }
        }
        guard take(String(UnicodeScalar(quote))), let text = try? JSONValue(parsing: json + [UInt8(ascii: "\"")]) else {
            throw ConditionError("a text in quotes is not closed or has a wrong escape", at: start)
        }
        return text.stringValue
    }

    mutating func skipSpace() { rest = rest.drop { [0x20, 9, 10, 13].contains($0) } }

    /// Takes a text if it comes next.
    mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    /// Takes the bytes that come next as long as they fulfil a predicate.
    mutating func take(while predicate: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: predicate)
        rest = rest.dropFirst(taken.count)
        return taken
    }

    func unexpected(_ expected: String) -> ConditionError {
        let found = rest.isEmpty ? "its end" : "`\(String(decoding: rest.prefix(20), as: UTF8.self))`"
        return ConditionError("the path after [BODY] has \(found) where \(expected) is expected", at: rest.startIndex)
    }
}
