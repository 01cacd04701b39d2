import Basics
import Experiments
import JSON

extension NativeActivity.Invocation {
    /// An argument; `null` when it is absent.
    func argument(_ name: String) -> JSONValue { arguments[name] ?? .null }

    /// An argument that Python takes for true: not null, not empty, not zero; nil otherwise.
    func given(_ name: String) -> JSONValue? {
        let value = argument(name)
        return value.isTruthy ? .some(value) : .none
    }
}

extension JSONValue {
    /// What `bool(value)` is in Python.
    var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .unsigned(let value): value != 0
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// What `str(value)` is in Python, for the messages of chaosaws.
    var pythonText: String { stringValue ?? pythonRepresentation }

    /// What `repr(value)` is in Python.
    private var pythonRepresentation: String {
        switch self {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer, .unsigned, .double: description
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.pythonRepresentation).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ": " + $0.value.pythonRepresentation }.joined(separator: ", ")
                + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.containsBytes("'") && !text.containsBytes("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case quote: result += "\\\(quote)"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + String(quote)
    }

    /// The elements of a list; empty for another kind of value.
    var elements: [JSONValue] { arrayValue ?? [] }

    /// The texts in a list.
    var texts: [String] { elements.compactMap(\.stringValue) }

    /// A list of texts.
    init(texts: [String]) { self = .array(texts.map { .string($0) }) }

    /// A list of `{"Key": …, "Value": …}` as a dictionary; ECS writes the names in lower case.
    var tags: [String: String] {
        var tags: [String: String] = [:]
        for tag in elements {
            guard let key = (tag["Key"] ?? tag["key"])?.stringValue else { continue }
            tags[key] = (tag["Value"] ?? tag["value"])?.stringValue ?? ""
        }
        return tags
    }
}
