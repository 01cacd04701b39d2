import JSON

/// Values as Python sees and writes them.
enum PythonText {
    /// Whether Python takes the value for true.
    static func isTrue(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): false
        case .string(let text): !text.isEmpty
        case .array(let list): !list.isEmpty
        case .object(let members): !members.isEmpty
        default: value.doubleValue != 0
        }
    }

    /// `str(value)`.
    static func text(_ value: JSONValue) -> String { value.stringValue ?? value.description }

    /// `json.dumps(value)`.
    static func json(_ value: JSONValue) -> String { value.description }
}
