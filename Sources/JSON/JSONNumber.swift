/// A JSON number in the form that holds it exactly, with the conversions that lose nothing.
enum JSONNumber {
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)

    /// The number that a value is, if it is one.
    init?(_ value: JSONValue) {
        switch value {
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = .unsigned(value)
        case .double(let value): self = .double(value)
        case .null, .bool, .string, .array, .object: return nil
        }
    }

    /// The same number as an integer type, if that holds it.
    ///
    /// Doubles beyond 2^53 may stand for another integer than was written, so they are refused.
    func exactly<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        switch self {
        case .integer(let value): T(exactly: value)
        case .unsigned(let value): T(exactly: value)
        case .double(let value): value.magnitude <= 0x1p53 ? T(exactly: value) : nil
        }
    }

    /// The nearest double.
    var nearestDouble: Double {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        }
    }
}
