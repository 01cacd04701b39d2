import Basics
import JSON

extension Python {
    /// The types of `env_var_type` and of `--var name:type=…`.
    static let conversionTypes = ["str", "string", "int", "integer", "float", "number", "bytes", "bool", "json"]

    /// A value converted as chaostoolkit-lib's `convert_to_type` does it; bytes become the text that they hold.
    /// - Parameter type: nil for a value that stays as it is.
    /// - Throws: what is wrong, without the value, which may be a secret.
    static func convert(_ value: JSONValue, to type: String?) throws(PythonTypeError) -> JSONValue {
        switch type {
        case nil, "str", "string": return value
        case "int", "integer": return try integer(value)
        case "float", "number": return try float(value)
        case "bytes":
            guard case .string = value else { throw PythonTypeError(message: "a \(typeName(value)) is no text") }
            return value
        case "bool":
            if case .bool = value { return value }
            guard case .string(let text) = value else {
                throw PythonTypeError(message: "a \(typeName(value)) is neither a text nor a boolean")
            }
            return .bool(!["false", "0", "no"].contains(text.lowercased()))
        case "json":
            guard case .string(let text) = value, !text.isEmpty else { return value }
            do throws(JSONError) { return try JSONValue(parsing: text) } catch {
                throw PythonTypeError(message: "it is no JSON")
            }
        default:
            let near = type.flatMap { conversionTypes.nearest(to: $0) }.map { ", did you mean \($0)?" } ?? ""
            throw PythonTypeError(
                message: "the type \(type ?? "") is not one of \(conversionTypes.joined(separator: ", "))\(near)")
        }
    }

    /// `int(value)`.
    private static func integer(_ value: JSONValue) throws(PythonTypeError) -> JSONValue {
        switch value {
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .integer, .unsigned: return value
        case .double(let number):
            guard number.isFinite else { throw PythonTypeError(message: "it is no whole number") }
            let whole = number.rounded(.towardZero)
            return Int64(exactly: whole).map { .integer($0) } ?? UInt64(exactly: whole).map { .unsigned($0) }
                ?? .double(whole)
        case .string(let text):
            guard let digits = plainNumber(text), isInteger(digits) else {
                throw PythonTypeError(message: "it is no whole number")
            }
            return Int64(digits).map { .integer($0) } ?? UInt64(digits).map { .unsigned($0) }
                ?? .double(Double(digits) ?? .infinity)
        case .null, .array, .object: throw PythonTypeError(message: "a \(typeName(value)) is no number")
        }
    }

    /// `float(value)`.
    private static func float(_ value: JSONValue) throws(PythonTypeError) -> JSONValue {
        if case .bool(let flag) = value { return .double(flag ? 1 : 0) }
        if let number = value.doubleValue { return .double(number) }
        guard case .string(let text) = value, let plain = plainNumber(text)?.lowercased() else {
            throw PythonTypeError(
                message: value.stringValue == nil ? "a \(typeName(value)) is no number" : "it is no number")
        }
        let unsigned = plain.hasPrefix("+") || plain.hasPrefix("-") ? plain.dropFirst() : plain[...]
        let isWord = ["inf", "infinity", "nan"].contains(unsigned)
        // Swift would also read hexadecimal digits.
        guard isWord || !unsigned.isEmpty && unsigned.utf8.allSatisfy({ isNumeric($0) }), let number = Double(plain)
        else { throw PythonTypeError(message: "it is no number") }
        return .double(number)
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        0x30...0x39 ~= byte || "+-.e".utf8.contains(byte)
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.utf8.first == 0x2B || text.utf8.first == 0x2D ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// The text of a number without white space around it and without underscores, which may stand between digits only;
    /// digits of all scripts become ASCII ones.
    ///
    /// Nil when an underscore stands elsewhere.
    private static func plainNumber(_ text: String) -> String? {
        let scalars = Array(strip(text).unicodeScalars)
        var digits = String.UnicodeScalarView()
        var wasDigit = false
        for (index, scalar) in zip(scalars.indices, scalars) {
            if scalar == "_" {
                guard wasDigit, index + 1 < scalars.endIndex, digit(scalars[index + 1]) != nil else { return nil }
                wasDigit = false
                continue
            }
            let digit = digit(scalar)
            digits.append(digit ?? scalar)
            wasDigit = digit != nil
        }
        return String(digits)
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue else {
            return nil
        }
        return Unicode.Scalar(UInt8(0x30) + UInt8(value))
    }
}
