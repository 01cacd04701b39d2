import JSON

/// Values as Python writes them, for messages that keep the exact form of the original functions.
enum PythonText {
    /// `json.dumps(value)`: a space after `,` and `:`, everything but ASCII escaped.
    static func json(_ value: JSONValue) -> String {
        switch value {
        case .array(let elements): "[" + elements.map(json).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.map { "\(quoted($0.key)): \(json($0.value))" }.joined(separator: ", ") + "}"
        case .string(let text): quoted(text)
        default: value.description
        }
    }

    /// `str(value)`.
    static func string(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return representation(value)
    }

    /// `repr(value)`.
    static func representation(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .string(let text): quotedRepresentation(text)
        case .array(let elements): "[" + elements.map(representation).joined(separator: ", ") + "]"
        case .object(let object):
            "{"
                + object.map { "\(quotedRepresentation($0.key)): \(representation($0.value))" }
                .joined(separator: ", ") + "}"
        default: value.description
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0x08: result += "\\b"
            case 0x0C: result += "\\f"
            case 0x20...0x7E: result.unicodeScalars.append(UnicodeScalar(UInt8(unit)))
            default: result += "\\u" + hexadecimal(unit, 4)
            }
        }
        return result + "\""
    }

    private static func quotedRepresentation(_ text: String) -> String {
        let quote: Character = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where Character(scalar) == quote: result += "\\" + String(quote)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\\x" + hexadecimal(scalar.value, 2)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + String(quote)
    }

    private static func hexadecimal(_ value: some BinaryInteger, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
