import Basics
import JSON

/// Goes through a document and collects what is to be said about it.
///
/// An error stands for what makes Chaos Toolkit refuse the document, be it by a message or by a traceback.
struct DocumentCheck {
    let source: SourceDocument
    let options: ExperimentValidation
    private(set) var findings: [Finding] = []

    init(_ source: SourceDocument, _ options: ExperimentValidation) {
        self.source = source
        self.options = options
    }

    /// - Parameter atKey: whether the key is wrong, and not its value.
    mutating func error(_ path: DocumentPath, _ message: String, hint: String? = nil, atKey: Bool = false) {
        let position = (atKey ? source.keyPosition(of: path) : nil) ?? source.position(of: path)
        findings.append(Finding(.error, path, message, hint: hint, position: position))
    }

    mutating func warning(_ path: DocumentPath, _ message: String, hint: String? = nil) {
        let position = source.keyPosition(of: path) ?? source.position(of: path)
        findings.append(Finding(.warning, path, message, hint: hint, position: position))
    }

    mutating func note(_ path: DocumentPath, _ message: String) {
        findings.append(Finding(.note, path, message, position: source.position(of: path)))
    }

    /// What the reference accepts and people do not expect: an error when the validation is strict.
    mutating func surprise(
        _ rule: StrictRule, _ path: DocumentPath, _ message: String, hint: String? = nil,
        position: SourceDocument.Position? = nil
    ) {
        findings.append(
            Finding(
                options.isStrict ? .error : .warning, path, message, hint: hint, rule: rule,
                position: position ?? source.position(of: path)))
    }

    /// Warns about unknown keys that look like misspelt ones.
    mutating func unknownKeys(_ members: JSONObject, at path: DocumentPath, known: [String]) {
        for key in members.keys where !known.contains(key) && !key.hasPrefix("x-") {
            guard let meant = KnownKeys.meant(by: key, among: known), members[meant] == nil else { continue }
            warning(path[key], "has no effect", hint: "did you mean \(meant)?")
        }
    }

    /// The members of a mapping; anything else is an error.
    mutating func mapping(_ value: JSONValue?, at path: DocumentPath, _ example: String) -> JSONObject? {
        guard let value else { return nil }
        guard let members = value.objectValue else {
            error(path, "must be a mapping, \(value.inMessage) is none", hint: example)
            return nil
        }
        return members
    }

    /// A member that must be there and not be empty, zero or false.
    mutating func required(_ key: String, of members: JSONObject, at path: DocumentPath, _ hint: String? = nil)
        -> JSONValue?
    {
        guard let value = members[key] else {
            error(path[key], "is missing", hint: hint)
            return nil
        }
        guard value.isTruthy else {
            error(path[key], "must not be \(value.inMessage)", hint: hint)
            return nil
        }
        return value
    }

    /// As ``required(_:of:at:_:)``, and a text.
    mutating func requiredText(_ key: String, of members: JSONObject, at path: DocumentPath, _ hint: String? = nil)
        -> String?
    {
        guard let value = required(key, of: members, at: path, hint) else { return nil }
        guard let text = value.stringValue else {
            error(path[key], "must be a text, \(value.inMessage) is none", hint: hint)
            return nil
        }
        return text
    }
}

extension JSONValue {
    /// The value as messages name it: short ones by themselves, long ones by their kind.
    var inMessage: String {
        switch self {
        case .array(let elements) where elements.isEmpty: "an empty list"
        case .array: "a list"
        case .object(let members) where members.isEmpty: "an empty mapping"
        case .object: "a mapping"
        case .string(let text) where text.isEmpty: "an empty text"
        case .string(let text) where text.utf8.count > 60: "a text"
        default: description
        }
    }

    /// Whether it is a number for Python, to which true and false are numbers too.
    var isPythonNumber: Bool {
        switch self {
        case .bool, .integer, .unsigned, .double: true
        case .null, .string, .array, .object: false
        }
    }

    /// Whether it is nothing but a reference to one variable, whose value keeps its kind.
    var isVariable: Bool {
        guard let text = stringValue, text.hasPrefix("$") else { return false }
        let name = text.hasPrefix("${") && text.hasSuffix("}") ? text.dropFirst(2).dropLast() : text.dropFirst()
        return !name.isEmpty && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }
}
