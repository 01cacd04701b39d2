/// Values as Python sees and writes them: originals that Tocsin succeeds are written in Python.
extension JSONValue {
    /// `bool(value)`: not for null, false, 0 and what is empty.
    public var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .unsigned: true
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.isEmpty
        }
    }

    /// `str(value)`: a text as it is, everything else as ``pythonRepresentation``.
    public var pythonText: String { stringValue ?? pythonRepresentation }

    /// `repr(value)`: `True`, `None`, `1e+16`, `['a', 1]`, `{'a': "it's"}`.
    public var pythonRepresentation: String {
        switch self {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .double(let number): number.pythonText
        case .string(let text): text.pythonRepresentation
        case .array(let elements): "[" + elements.map(\.pythonRepresentation).joined(separator: ", ") + "]"
        case .object(let object):
            "{"
                + object.map { "\($0.key.pythonRepresentation): \($0.value.pythonRepresentation)" }
                .joined(separator: ", ") + "}"
        }
    }

    /// `json.dumps(value)`: a space after `,` and `:`, and only ASCII.
    public var pythonJSON: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.pythonJSON).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.map { "\($0.key.pythonJSON): \($0.value.pythonJSON)" }.joined(separator: ", ") + "}"
        case .string(let text): text.pythonJSON
        default: description
        }
    }
}

extension String {
    /// `repr(text)`: in quotes, with escapes for what cannot be printed.
    public var pythonRepresentation: String {
        let quote: Unicode.Scalar = unicodeScalars.contains("'") && !unicodeScalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in unicodeScalars {
            switch scalar {
            case quote, "\\": result += ["\\", scalar]
            case "\n": result += ["\\", "n"]
            case "\r": result += ["\\", "r"]
            case "\t": result += ["\\", "t"]
            default:
                if scalar.isPrintableInPython {
                    result.append(scalar)
                } else {
                    result += scalar.pythonEscape.unicodeScalars
                }
            }
        }
        result.append(quote)
        return String(result)
    }
}

extension Unicode.Scalar {
    /// `\x1b`, `\u2028`, `\U000e0001`.
    fileprivate var pythonEscape: String {
        let digits = String(value, radix: 16)
        let (letter, length) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: length - digits.utf8.count) + digits
    }

    fileprivate var isPrintableInPython: Bool {
        if 0x20...0x7E ~= value { return true }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}

extension JSONValue {
    /// The name of Python's type of the value, for messages: `NoneType`, `bool`, `int`, `float`, `str`, `list`, `dict`.
    public var pythonTypeName: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .integer, .unsigned: "int"
        case .double: "float"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
