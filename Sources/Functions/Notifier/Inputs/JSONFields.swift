import Basics
import Events
import JSON

/// Shows any JSON as fields, one for each member, with nested values as indented lines.
///
/// Number and length are limited, secrets are hidden.
enum JSONFields {
    static let maximumFields = 25
    /// Characters of one value.
    static let maximumLength = 1_000
    private static let maximumLines = 20
    private static let maximumDepth = 5
    /// Bytes of a small object that is shown on one line.
    private static let maximumLine = 80

    /// One field for each member or element; a last field `More` says how many are left out.
    static func fields(of value: JSONValue, leavingOut hidden: Set<String> = []) -> [Field] {
        let value = SecretMask.masked(value)
        let members: [(key: String, value: JSONValue)]
        switch value {
        case .object(let object): members = object.filter { !hidden.contains($0.key) && !$0.value.isEmpty }
        case .array(let elements):
            members = elements.prefix(maximumFields + 1).enumerated().map { ("\($0.offset + 1)", $0.element) }
        default: members = value.text == nil ? [] : [("Value", value)]
        }
        var fields = members.prefix(maximumFields).map { member in
            Field(member.key.isEmpty ? "–" : member.key.cut(100), shown(member.value))
        }
        let count = value.arrayValue?.count ?? members.count
        if count > maximumFields { fields.add("More", counted(count - maximumFields, "value") + " not shown") }
        return fields
    }

    /// The first ten scalars of an object on one line.
    static func summary(_ value: JSONValue) -> String {
        let value = SecretMask.masked(value)
        return (value.objectValue?.values ?? [value]).compactMap(\.text).prefix(10).joined(separator: ", ").cut(
            maximumLength)
    }

    /// A scalar, or a list of scalars or a small object separated by commas, or else indented lines.
    static func readable(_ value: JSONValue) -> String { shown(SecretMask.masked(value)) }

    private static func shown(_ value: JSONValue) -> String {
        if let line = line(value) { return line.cut(maximumLength) }
        var lines: [String] = []
        append(value, depth: 0, to: &lines)
        if lines.count > maximumLines { lines = lines.prefix(maximumLines) + ["…"] }
        return lines.joined(separator: "\n").cut(maximumLength)
    }

    private static func line(_ value: JSONValue) -> String? {
        switch value {
        case .array(let elements):
            guard !elements.isEmpty else { return "–" }
            var texts: [String] = []
            for element in elements.prefix(maximumLines) {
                guard let text = element.text else { return nil }
                texts.append(text)
            }
            if elements.count > texts.count { texts.append("…") }
            return texts.joined(separator: ", ")
        case .object(let object):
            guard !object.isEmpty else { return "–" }
            let pairs = object.prefix(5).compactMap { member in member.value.text.map { "\(member.key): \($0)" } }
            let line = pairs.joined(separator: ", ")
            return pairs.count == object.count && line.utf8.count <= maximumLine ? line : nil
        default: return value.text ?? "–"
        }
    }

    private static func append(_ value: JSONValue, depth: Int, to lines: inout [String]) {
        guard lines.count <= maximumLines else { return }
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .object(let object):
            for (key, value) in object { append(key.cut(100) + ":", value, indent, depth, &lines) }
        case .array(let elements):
            for element in elements { append("-", element, indent, depth, &lines) }
        default: lines.append(indent + (value.text ?? "–"))
        }
    }

    private static func append(
        _ label: String, _ value: JSONValue, _ indent: String, _ depth: Int, _ lines: inout [String]
    ) {
        guard lines.count <= maximumLines else { return }
        if let line = line(value) {
            lines.append("\(indent)\(label) \(line)")
        } else if depth + 1 >= maximumDepth {
            lines.append("\(indent)\(label) …")
        } else {
            lines.append(indent + label)
            append(value, depth: depth + 1, to: &lines)
        }
    }
}

extension JSONValue {
    /// Whether it is null, blank text, or a list or object without members.
    var isEmpty: Bool {
        switch self {
        case .null: true
        case .string: text == nil
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}

extension [Field] {
    /// Adds a field, unless the value is nil or empty.
    mutating func add(_ name: String, _ value: String?, isShort: Bool? = nil) {
        if let value, !value.isEmpty { append(Field(name, value, isShort: isShort)) }
    }

    /// Adds a field, if the value is a scalar that is not blank.
    mutating func add(_ name: String, _ value: JSONValue?) { add(name, value?.text) }
}

extension [Link] {
    /// Adds a link, if the address is one of the web: outputs refuse others.
    mutating func add(_ title: String, _ url: String?) {
        if let url, url.hasPrefix("https://") || url.hasPrefix("http://") { append(Link(title, url)) }
    }
}
