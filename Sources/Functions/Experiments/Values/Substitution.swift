import Basics
public import JSON

/// Replaces `${name}` and `$name` by values of the configuration and the secrets, as Chaos Toolkit does.
///
/// The rules are those of Python's `string.Template`: names are ASCII letters, digits and `_`, `$$` is a dollar sign,
/// and what has no value stays as it is. A text that is exactly `${name}` becomes the value itself, of whatever type;
/// in any other text a value is written as Python's `str()` writes it (`True`, `None`, `[1, 'a']`). The configuration
/// goes before the secrets, and of the secrets' scopes the first one that has the name. Values are not substituted
/// again, and neither are keys.
public struct Substitution: Sendable {
    /// The resolved configuration.
    public var configuration: JSONObject
    /// The resolved secrets, by scope.
    ///
    /// A secret that is in no scope cannot be substituted. (Chaos Toolkit dies when it meets one.)
    public var secrets: JSONObject

    /// Values to substitute.
    public init(configuration: JSONObject, secrets: JSONObject) {
        self.configuration = configuration
        self.secrets = secrets
    }

    /// The value with everything replaced that is known, in lists and mappings too.
    public func apply(to value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): substituted(text)
        case .array(let elements): .array(elements.map { apply(to: $0) })
        case .object(let object): .object(JSONObject(distinct: object.map { ($0.key, apply(to: $0.value)) }))
        case .null, .bool, .integer, .unsigned, .double: value
        }
    }

    /// The arguments of a provider or a control, substituted.
    ///
    /// These stay untouched when there is neither configuration nor secrets: `$$` is then two dollar signs.
    public func apply(toArguments arguments: JSONValue) -> JSONValue {
        configuration.isEmpty && secrets.isEmpty ? arguments : apply(to: arguments)
    }

    /// The value that a name stands for; nil when there is none.
    public func value(of name: String) -> JSONValue? {
        if let value = configuration[name] { return value }
        for scope in secrets.values {
            if let value = scope[name] { return value }
        }
        return nil
    }

    private func substituted(_ text: String) -> JSONValue {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .string(text) }
        let parts = TemplatePart.parts(of: text)
        if parts.count == 1, case .variable(let name, _, isBraced: true) = parts[0], let value = value(of: name) {
            return value
        }
        return .string(
            parts.map { part in
                switch part {
                case .text(let text): text
                case .variable(let name, let source, _): value(of: name).map(Python.str) ?? source
                }
            }.joined())
    }
}

extension Substitution {
    /// The names of all variables in a value, in order and once each: `${name}`, `$name`.
    public static func variables(in value: JSONValue) -> [String] {
        var names: [String] = []
        collect(value, &names)
        return names
    }

    /// The variables of a value that have no value, so that they stay in the text as they are.
    public func unknownVariables(in value: JSONValue) -> [String] {
        Self.variables(in: value).filter { self.value(of: $0) == nil }
    }

    private static func collect(_ value: JSONValue, _ names: inout [String]) {
        switch value {
        case .string(let text):
            for case .variable(let name, _, _) in TemplatePart.parts(of: text) where !names.contains(name) {
                names.append(name)
            }
        case .array(let elements): for element in elements { collect(element, &names) }
        case .object(let object): for value in object.values { collect(value, &names) }
        case .null, .bool, .integer, .unsigned, .double: break
        }
    }
}

/// A part of a template.
private enum TemplatePart {
    /// Text that stays, with `$$` resolved.
    case text(String)
    /// A variable, and how it was written.
    case variable(name: String, source: String, isBraced: Bool)

    static func parts(of template: String) -> [TemplatePart] {
        var parts: [TemplatePart] = []
        var text: [UInt8] = []
        var rest = Array(template.utf8)[...]
        func flush() {
            if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
            text = []
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                text.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "$") {
                rest.removeFirst()
                text.append(byte)
            } else if let (name, length, isBraced) = variable(at: rest) {
                flush()
                let source = String(decoding: [byte] + rest.prefix(length), as: UTF8.self)
                parts.append(.variable(name: name, source: source, isBraced: isBraced))
                rest = rest.dropFirst(length)
            } else {
                text.append(byte)
            }
        }
        flush()
        return parts
    }

    private static func variable(at rest: ArraySlice<UInt8>) -> (name: String, length: Int, isBraced: Bool)? {
        let isBraced = rest.first == UInt8(ascii: "{")
        let name = rest.dropFirst(isBraced ? 1 : 0).prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
        guard let first = name.first, !(0x30...0x39).contains(first) else { return nil }
        if isBraced, rest.dropFirst(name.count + 1).first != UInt8(ascii: "}") { return nil }
        return (String(decoding: name, as: UTF8.self), name.count + (isBraced ? 2 : 0), isBraced)
    }
}
