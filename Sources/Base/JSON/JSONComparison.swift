/// A comparison operator, of JSONPath, of JMESPath and of the conditions that share their spelling.
public enum ComparisonOperator: String, CaseIterable, Sendable {
    // Longer operators come first, so that a parser that tries all cases in order does not read `<=` as `<`.
    case equal = "=="
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case above = ">"
    case below = "<"

    /// Whether the comparison holds for two values that have an order.
    @inlinable
    public func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .atMost: left <= right
        case .atLeast: left >= right
        case .above: left > right
        case .below: left < right
        }
    }
}

extension JSONValue {
    /// Equality in which `1` and `1.0` are the same, at any depth, as query languages have it.
    public func hasSameValue(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.hasSameValue(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.hasSameValue(as: $0) } ?? false }
        default: self == other || (doubleValue != nil && doubleValue == other.doubleValue)
        }
    }

    /// The order of numbers by value and of strings by their Unicode scalars; false for any other pair.
    public func isLess(than other: JSONValue) -> Bool {
        if case .string(let left) = self, case .string(let right) = other {
            return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
        }
        if let left = intValue, let right = other.intValue { return left < right }
        guard let left = doubleValue, let right = other.doubleValue else { return false }
        return left < right
    }
}

extension [JSONValue] {
    /// The elements of a slice `[start:end:step]`, whose negative positions count from the end; none for a step of 0.
    ///
    /// Source: RFC 9535, section 2.3.4.2.2, which is Python's rule and JMESPath's too.
    public func slice(from start: Int?, to end: Int?, by step: Int) -> [JSONValue] {
        guard step != 0 else { return [] }
        let normal = { (index: Int) in index < 0 ? count + index : index }
        if step > 0 {
            let lower = Swift.min(Swift.max(normal(start ?? 0), 0), count)
            let upper = Swift.min(Swift.max(normal(end ?? count), 0), count)
            return stride(from: lower, to: upper, by: step).map { self[$0] }
        }
        let upper = Swift.min(Swift.max(start.map(normal) ?? count - 1, -1), count - 1)
        let lower = Swift.min(Swift.max(end.map(normal) ?? -1, -1), count - 1)
        return stride(from: upper, to: lower, by: step).map { self[$0] }
    }
}
