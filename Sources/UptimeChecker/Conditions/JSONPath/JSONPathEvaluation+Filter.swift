import JSON
import RegularExpressions

extension JSONPathEvaluation {
    /// Whether a node fulfils a filter's condition.
    mutating func holds(_ filter: JSONPathFilter, for node: JSONValue) throws(TooMuchWork) -> Bool {
        try work(1)
        switch filter {
        case .or(let parts):
            for part in parts where try holds(part, for: node) { return true }
            return false
        case .and(let parts):
            for part in parts where try !holds(part, for: node) { return false }
            return true
        case .not(let part): return try !holds(part, for: node)
        case .exists(let query): return try !values(of: query, for: node).isEmpty
        case .comparison(let left, let comparisonOperator, let right):
            return compare(try value(of: left, for: node), comparisonOperator, try value(of: right, for: node))
        case .matches(let operand, let expression):
            guard case .string(let text) = try value(of: operand, for: node) else { return false }
            do throws(RegularExpressionError) {
                return try expression.search(Array(text.utf8)[...], effort: &effort)
            } catch {
                throw TooMuchWork()
            }
        }
    }

    private mutating func values(of query: JSONPathFilter.Query, for node: JSONValue) throws(TooMuchWork) -> [JSONValue]
    {
        try values(of: query.path, from: query.isRelative ? node : root)
    }

    /// The value; `nil` stands for the RFC's Nothing.
    private mutating func value(
        of operand: JSONPathFilter.Operand, for node: JSONValue
    ) throws(TooMuchWork) -> JSONValue? {
        switch operand {
        case .literal(let value): return value
        case .query(let query): return try values(of: query, for: node).first
        case .count(let query): return .integer(Int64(try values(of: query, for: node).count))
        case .value(let query):
            let values = try values(of: query, for: node)
            return values.count == 1 ? values.first : .none
        case .length(let operand):
            switch try value(of: operand, for: node) {
            case .string(let text): return .integer(Int64(text.unicodeScalars.count))
            case .array(let elements): return .integer(Int64(elements.count))
            case .object(let object): return .integer(Int64(object.count))
            default: return .none
            }
        }
    }

    /// RFC 9535, section 2.3.5.2.2.
    private func compare(_ left: JSONValue?, _ comparisonOperator: Comparison.Operator, _ right: JSONValue?) -> Bool {
        switch comparisonOperator {
        case .equal: areEqual(left, right)
        case .notEqual: !areEqual(left, right)
        case .below: isLess(left, right)
        case .above: isLess(right, left)
        case .atMost: isLess(left, right) || areEqual(left, right)
        case .atLeast: isLess(right, left) || areEqual(left, right)
        }
    }

    private func areEqual(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        switch (left, right) {
        case (.some(let left), .some(let right)): left.hasSameValue(as: right)
        case (.none, .none): true
        default: false
        }
    }

    private func isLess(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        if case .string(let left) = left, case .string(let right) = right {
            return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
        }
        if let left = left?.intValue, let right = right?.intValue { return left < right }
        guard let left = left?.doubleValue, let right = right?.doubleValue else { return false }
        return left < right
    }
}

extension JSONValue {
    /// Equality in which `1` and `1.0` are the same.
    fileprivate func hasSameValue(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.hasSameValue(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.hasSameValue(as: $0) } ?? false }
        default: self == other || (doubleValue != nil && doubleValue == other.doubleValue)
        }
    }
}
