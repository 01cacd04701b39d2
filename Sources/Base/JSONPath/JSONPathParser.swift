import JSON
import RegularExpressions

/// Parses JSONPath.
///
/// The offsets in errors are indices of the slice.
struct JSONPathParser {
    private var rest: ArraySlice<UInt8>
    /// The number of filters that are open; bounded so that nesting cannot exhaust the stack.
    private var depth = 0

    init(_ text: ArraySlice<UInt8>) { rest = text }

    mutating func segments() throws(JSONPathError) -> [JSONPath.Segment] {
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

    func expectEnd() throws(JSONPathError) {
        guard rest.isEmpty else { throw unexpected("`.name`, `[0]`, `['name']`, `[*]` or `[?@.name == 'x']`") }
    }

    private mutating func dotted() throws(JSONPathError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        let name = rest.prefix { !Self.endsName.contains($0) && $0 > 0x20 }
        guard !name.isEmpty else { throw unexpected("a name or `*`") }
        rest = rest.dropFirst(name.count)
        return .name(String(decoding: name, as: UTF8.self))
    }

    private static let endsName = Set(".[]()*,=!<>&|'\"".utf8)

    private mutating func bracketed() throws(JSONPathError) -> [JSONPath.Selector] {
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

    private mutating func selector() throws(JSONPathError) -> JSONPath.Selector {
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

    /// An integer in the exact range of RFC 7493 (below 2^53); nil when none comes next.
    private mutating func integer() throws(JSONPathError) -> Int? {
        var digits = rest.prefix { $0 == UInt8(ascii: "-") || 0x30...0x39 ~= $0 }
        guard !digits.isEmpty else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
        let isPlain = digits.first != UInt8(ascii: "0") || text == "0"
        guard let value = Int(text), value.magnitude < 1 << 53, isPlain else { throw unexpected("an integer") }
        rest = rest[digits.endIndex...]
        return value
    }

    /// A string in single or double quotes; nil when none comes next.
    private mutating func string() throws(JSONPathError) -> String? {
        guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        let start = rest.startIndex
        var json: [UInt8] = [UInt8(ascii: "\"")]
        rest = rest.dropFirst()
        while let byte = rest.first, byte != quote {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "\\"), let escaped = rest.first {
                rest = rest.dropFirst()
                // JSON has no escaped single quote, and JSONPath has no escape for the quote of the other kind.
                json += escaped == quote && quote == UInt8(ascii: "'") ? [quote] : [byte, escaped]
            } else {
                json += byte == UInt8(ascii: "\"") ? [UInt8(ascii: "\\"), byte] : [byte]
            }
        }
        guard take(String(UnicodeScalar(quote))), let text = try? JSONValue(parsing: json + [UInt8(ascii: "\"")]) else {
            throw JSONPathError("a text in quotes is not closed or has a wrong escape", at: start)
        }
        return text.stringValue
    }

    private mutating func skipSpace() { rest = rest.drop { [0x20, 9, 10, 13].contains($0) } }

    /// Moves past a text if it comes next.
    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    /// Moves past the bytes that fulfil a predicate and returns them.
    private mutating func take(while predicate: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: predicate)
        rest = rest.dropFirst(taken.count)
        return taken
    }

    private func unexpected(_ expected: String) -> JSONPathError {
        let found = rest.isEmpty ? "its end" : "`\(String(decoding: rest.prefix(20), as: UTF8.self))`"
        return JSONPathError("the path has \(found) where \(expected) is expected", at: rest.startIndex)
    }
}

extension JSONPathParser {
    private static let maximumDepth = 50
    private static let functions = ["length", "count", "value", "match", "search"]

    /// A filter's expression: operands of `||`.
    private mutating func filter() throws(JSONPathError) -> JSONPathFilter {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw unexpected("less nesting") }
        var alternatives: [JSONPathFilter] = []
        repeat { alternatives.append(try conjunction()) } while take("||")
        return alternatives.count == 1 ? alternatives[0] : .or(alternatives)
    }

    private mutating func conjunction() throws(JSONPathError) -> JSONPathFilter {
        var parts: [JSONPathFilter] = []
        repeat {
            skipSpace()
            parts.append(try test())
            skipSpace()
        } while take("&&")
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func test() throws(JSONPathError) -> JSONPathFilter {
        let isNegated = rest.first == UInt8(ascii: "!") && take("!")
        skipSpace()
        let start = rest.startIndex
        let filter: JSONPathFilter
        if take("(") {
            filter = try self.filter()
            skipSpace()
            guard take(")") else { throw unexpected("`)`") }
        } else if let regular = try regularExpressionTest() {
            filter = regular
        } else {
            let left = try operand()
            skipSpace()
            if let comparisonOperator = takeOperator() {
                guard !isNegated else { throw JSONPathError("`!` needs parentheses: `!(@.a == 1)`", at: start) }
                skipSpace()
                let right = try operand()
                return .comparison(try single(left, at: start), comparisonOperator, try single(right, at: start))
            }
            guard case .query(let query) = left else { throw unexpected("a comparison such as `== 1`") }
            filter = .exists(query)
        }
        return isNegated ? .not(filter) : filter
    }

    private mutating func takeOperator() -> ComparisonOperator? {
        ComparisonOperator.allCases.first { take($0.rawValue) }
    }

    /// Checks that an operand has one value, because only such operands can be compared.
    private func single(
        _ operand: JSONPathFilter.Operand, at start: Int
    ) throws(JSONPathError) -> JSONPathFilter.Operand {
        if case .query(let query) = operand, !query.path.isSingular {
            throw JSONPathError(
                "a query with several results cannot be compared; use count(…) or value(…)", at: start)
        }
        return operand
    }

    /// `match(value, 'pattern')` or `search(value, 'pattern')`; nil when neither comes next.
    private mutating func regularExpressionTest() throws(JSONPathError) -> JSONPathFilter? {
        let isMatch = rest.starts(with: "match(".utf8)
        guard isMatch || rest.starts(with: "search(".utf8) else { return nil }
        let start = rest.startIndex
        _ = take(isMatch ? "match(" : "search(")
        skipSpace()
        let value = try single(try operand(), at: start)
        skipSpace()
        guard take(",") else { throw unexpected("`,` and a pattern") }
        skipSpace()
        guard let pattern = try string() else { throw unexpected("a pattern in quotes") }
        skipSpace()
        guard take(")") else { throw unexpected("`)`") }
        do {
            return .matches(value, try RegularExpression(isMatch ? #"\A(?:\#(pattern))\z"# : pattern))
        } catch {
            throw JSONPathError("`\(pattern)` is no regular expression: \(error.message)", at: start)
        }
    }

    private mutating func operand() throws(JSONPathError) -> JSONPathFilter.Operand {
        if let text = try string() { return .literal(.string(text)) }
        if let query = try query() { return .query(query) }
        guard let name = Self.functions.first(where: { rest.starts(with: "\($0)(".utf8) }) else { return try literal() }
        let start = rest.startIndex
        _ = take(name + "(")
        skipSpace()
        let result: JSONPathFilter.Operand
        if name == "length" {
            result = .length(try single(try operand(), at: start))
        } else {
            guard let query = try query(), name != "match", name != "search" else {
                throw JSONPathError("`\(name)` is no value, or its argument is no query", at: start)
            }
            result = name == "count" ? .count(query) : .value(query)
        }
        skipSpace()
        guard take(")") else { throw unexpected("`)`") }
        return result
    }

    private mutating func query() throws(JSONPathError) -> JSONPathFilter.Query? {
        let isRelative = rest.first == UInt8(ascii: "@")
        guard isRelative || rest.first == UInt8(ascii: "$") else { return nil }
        _ = take(isRelative ? "@" : "$")
        return JSONPathFilter.Query(isRelative: isRelative, path: JSONPath(segments: try segments()))
    }

    /// A number, `true`, `false` or `null`.
    private mutating func literal() throws(JSONPathError) -> JSONPathFilter.Operand {
        let before = self
        let word = take { "+-.".utf8.contains($0) || 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 & 0xDF }
        guard let value = try? JSONValue(parsing: Array(word)) else {
            throw before.unexpected("`@`, `$`, a text in quotes, a number, true, false or null")
        }
        return .literal(value)
    }
}

/// The expression of a filter selector: `?@.price < 10 && @.isbn`.
indirect enum JSONPathFilter: Sendable, Hashable {
    case or([JSONPathFilter])
    case and([JSONPathFilter])
    case not(JSONPathFilter)
    /// Whether the query has a result.
    case exists(Query)
    case comparison(Operand, ComparisonOperator, Operand)
    /// `match(…)` and `search(…)`; `match` is anchored at both ends.
    case matches(Operand, RegularExpression)

    /// A query from the root (`$`) or from the node that is tested (`@`).
    struct Query: Sendable, Hashable {
        var isRelative: Bool
        var path: JSONPath
    }

    /// A side of a comparison: one value, or Nothing.
    indirect enum Operand: Sendable, Hashable {
        case literal(JSONValue)
        case query(Query)
        /// `length(…)`: the number of Unicode scalars, elements or members.
        case length(Operand)
        /// `count(…)`: the number of results.
        case count(Query)
        /// `value(…)`: the result of a query that has exactly one.
        case value(Query)
    }
}
