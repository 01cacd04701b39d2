import JSON
import RegularExpressions

extension JSONPathParser {
    private static let maximumDepth = 50
    private static let functions = ["length", "count", "value", "match", "search"]

    /// A filter's condition, `||` outermost.
    mutating func filter() throws(ConditionError) -> JSONPathFilter {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw unexpected("less nesting") }
        var alternatives: [JSONPathFilter] = []
        repeat { alternatives.append(try conjunction()) } while take("||")
        return alternatives.count == 1 ? alternatives[0] : .or(alternatives)
    }

    private mutating func conjunction() throws(ConditionError) -> JSONPathFilter {
        var parts: [JSONPathFilter] = []
        repeat {
            skipSpace()
            parts.append(try test())
            skipSpace()
        } while take("&&")
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func test() throws(ConditionError) -> JSONPathFilter {
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
                guard !isNegated else { throw ConditionError("`!` needs parentheses: `!(@.a == 1)`", at: start) }
                skipSpace()
                let right = try operand()
                return .comparison(try single(left, at: start), comparisonOperator, try single(right, at: start))
            }
            guard case .query(let query) = left else { throw unexpected("a comparison such as `== 1`") }
            filter = .exists(query)
        }
        return isNegated ? .not(filter) : filter
    }

    private mutating func takeOperator() -> Comparison.Operator? {
        Comparison.Operator.allCases.first { take($0.rawValue) }
    }

    /// Compared can only be what is one value.
    private func single(
        _ operand: JSONPathFilter.Operand, at start: Int
    ) throws(ConditionError) -> JSONPathFilter.Operand {
        if case .query(let query) = operand, !query.path.isSingular {
            throw ConditionError(
                "a query that may lead to several values cannot be compared; use count(…) or value(…)", at: start)
        }
        return operand
    }

    /// `match(value, 'pattern')` or `search(value, 'pattern')`; `nil` where there is none.
    private mutating func regularExpressionTest() throws(ConditionError) -> JSONPathFilter? {
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
            throw ConditionError("`\(pattern)` is no regular expression: \(error.message)", at: start)
        }
    }

    private mutating func operand() throws(ConditionError) -> JSONPathFilter.Operand {
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
                throw ConditionError("`\(name)` is no value, or its argument is no query", at: start)
            }
            result = name == "count" ? .count(query) : .value(query)
        }
        skipSpace()
        guard take(")") else { throw unexpected("`)`") }
        return result
    }

    private mutating func query() throws(ConditionError) -> JSONPathFilter.Query? {
        let isRelative = rest.first == UInt8(ascii: "@")
        guard isRelative || rest.first == UInt8(ascii: "$") else { return nil }
        _ = take(isRelative ? "@" : "$")
        return JSONPathFilter.Query(isRelative: isRelative, path: JSONPath(segments: try segments()))
    }

    /// A number, `true`, `false` or `null`.
    private mutating func literal() throws(ConditionError) -> JSONPathFilter.Operand {
        let before = self
        let word = take { "+-.".utf8.contains($0) || 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 & 0xDF }
        guard let value = try? JSONValue(parsing: Array(word)) else {
            throw before.unexpected("`@`, `$`, a text in quotes, a number, true, false or null")
        }
        return .literal(value)
    }
}
