import JSON

/// What Python makes of JSON values: their text, their truth, equality and order.
///
/// Chaos Toolkit is written in Python, and experiments depend on how it compares values and writes them into texts.
/// JSON values here stand for what `json.loads` gives: booleans are integers, integers equal floats of the same value.
/// Two things cannot be told apart any more: an integer above 64 bits is the nearest float, and `-0` is `-0.0`.
enum Python {
    /// `str(value)`: a text as it is, everything else as `repr(value)`.
    static func str(_ value: JSONValue) -> String { value.pythonText }

    /// Whether a condition takes the value for true: not for null, false, 0 and what is empty.
    static func isTrue(_ value: JSONValue) -> Bool { value.isTruthy }

    /// `left == right`: `True == 1`, `1 == 1.0`, texts by their characters, not by Unicode equivalence.
    static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): return true
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { areEqual($0, $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { areEqual(value, $0) } ?? false }
        default:
            guard let left = PythonNumber(left), let right = PythonNumber(right) else { return false }
            return left.order(to: right) == .same
        }
    }

    /// `left <= right`, for numbers, texts and lists.
    /// - Throws: ``PythonTypeError`` for a pair that Python does not compare, such as a text and a number.
    static func isAtMost(_ left: JSONValue, _ right: JSONValue) throws(PythonTypeError) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            // The order of UTF-8 is the order of code points.
            return !right.utf8.lexicographicallyPrecedes(left.utf8)
        case (.array(let left), .array(let right)):
            for (left, right) in zip(left, right) where !areEqual(left, right) { return try isAtMost(left, right) }
            return left.count <= right.count
        default:
            guard let left = PythonNumber(left), let right = PythonNumber(right) else {
                throw PythonTypeError(message: "\(typeName(left)) and \(typeName(right)) have no order")
            }
            return [.less, .same].contains(left.order(to: right))
        }
    }

    /// `text.strip()`: without white space, as Python has it, at both ends.
    static func strip(_ text: String) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || 0x1C...0x1F ~= scalar.value
        }
        let scalars = text.unicodeScalars.drop(while: isSpace)
        let end = scalars.lastIndex { !isSpace($0) }.map { scalars.index(after: $0) } ?? scalars.startIndex
        return String(scalars[..<end])
    }

    /// The name of the value's type in Python, for messages.
    static func typeName(_ value: JSONValue) -> String { value.isNull ? "None" : value.pythonTypeName }
}

/// An operation that Python refuses for the types of its operands.
struct PythonTypeError: Error {
    let message: String
}

/// A number or boolean, which Python compares exactly.
enum PythonNumber {
    case integer(Int128)
    case float(Double)

    /// How one number stands to another; unordered when one is not-a-number.
    enum Order {
        case less, same, greater, unordered
    }

    /// Nil for what is no number.
    init?(_ value: JSONValue) {
        switch value {
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .integer(let number): self = .integer(Int128(number))
        case .unsigned(let number): self = .integer(Int128(number))
        case .double(let number): self = .float(number)
        case .null, .string, .array, .object: return nil
        }
    }

    func order(to other: PythonNumber) -> Order {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right ? .less : left > right ? .greater : .same
        case (.float(let left), .float(let right)):
            left < right ? .less : left > right ? .greater : left == right ? .same : .unordered
        case (.integer(let left), .float(let right)): Self.order(left, right)
        case (.float(let left), .integer(let right)):
            switch Self.order(right, left) {
            case .less: .greater
            case .greater: .less
            case .same: .same
            case .unordered: .unordered
            }
        }
    }

    private static func order(_ left: Int128, _ right: Double) -> Order {
        guard !right.isNaN else { return .unordered }
        // Our integers have at most 65 bits.
        guard abs(right) < 0x1p100 else { return right > 0 ? .less : .greater }
        let floor = right.rounded(.down)
        let whole = Int128(floor)
        if left != whole { return left < whole ? .less : .greater }
        return right > floor ? .less : .same
    }
}
