import Basics
import JSON

/// The values that the steps of a suite share: Gatus's `[CONTEXT]`.
///
/// It begins with the suite's `context`, and each step adds what its `store` takes from the response. A value has a
/// path of names: `[CONTEXT].user.id`.
struct SuiteContext: Sendable {
    private var values: JSONObject
    /// The texts that no result may show, also those that were replaced since.
    private(set) var secrets: Set<String> = []

    /// The longest value that is stored, in bytes: what is stored stays in memory until the suite ends.
    static let maximumBytes = 65_536
    /// How long the secrets may be together that responses add, in bytes: every text of a result is searched for each.
    static let maximumSecretBytes = 16_384

    /// The bytes of secrets that responses have added.
    private var addedSecretBytes = 0

    /// - Parameter initial: the suite's `context`.
    init(_ initial: JSONObject = [:]) {
        values = initial
        noteSecrets(of: .object(initial), isSecret: false)
    }

    /// The value at a path; nil when there is none.
    func value(at path: String) -> JSONValue? {
        var value = JSONValue.object(values)
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = value.objectValue?[String(name)] else { return nil }
            value = next
        }
        return value
    }

    /// The paths of all values, sorted.
    var paths: [String] {
        func paths(of object: JSONObject, _ start: String) -> [String] {
            object.flatMap { name, value in
                [start + name] + (value.objectValue.map { paths(of: $0, "\(start)\(name).") } ?? [])
            }
        }
        return paths(of: values, "").sorted()
    }

    /// Puts a text at a path, in the place of what is there.
    /// - Returns: false, and nothing is put there, when there would be too many secrets then.
    @discardableResult
    mutating func set(_ text: String, at path: String, isSecret: Bool) -> Bool {
        var next = self
        if isSecret { next.noteSecrets(of: .string(text), isSecret: true) }
        // A whole answer, with a token in it.
        if text.hasPrefix("{") || text.hasPrefix("["), let document = try? JSONValue(parsing: text) {
            next.noteSecrets(of: document, isSecret: isSecret)
        }
        for secret in next.secrets.subtracting(secrets) { next.addedSecretBytes += secret.utf8.count }
        guard next.addedSecretBytes <= Self.maximumSecretBytes else { return false }
        let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        next.values = Self.setting(.string(text), at: names[...], in: values)
        self = next
        return true
    }

    private static func setting(_ value: JSONValue, at path: ArraySlice<String>, in object: JSONObject) -> JSONObject {
        guard let name = path.first else { return object }
        let rest = path.dropFirst()
        var object = object
        object[name] = rest.isEmpty ? value : .object(setting(value, at: rest, in: object[name]?.objectValue ?? [:]))
        return object
    }

    /// Keeps the values at some paths out of all results.
    mutating func hide(_ paths: Set<String>) {
        for path in paths { if let value = value(at: path) { noteSecrets(of: value, isSecret: true) } }
    }

    private mutating func noteSecrets(of value: JSONValue, isSecret: Bool) {
        switch value {
        case .object(let members):
            for (name, value) in members { noteSecrets(of: value, isSecret: isSecret || Self.isSecret(name: name)) }
        case .array(let elements):
            for element in elements { noteSecrets(of: element, isSecret: isSecret) }
        case .null, .bool: break
        case .string, .integer, .unsigned, .double:
            if isSecret, !value.contextText.isEmpty { secrets.insert(value.contextText) }
        }
    }

    /// Whether the name of a value sounds like that of a secret: `authToken`, `session-id`, `apiKey`.
    static func isSecret(name: String) -> Bool {
        var words = ""
        for letter in name.unicodeScalars {
            if "A"..."Z" ~= letter, !words.isEmpty { words.append("-") }
            words.unicodeScalars.append(letter == "." ? "-" : letter)
        }
        return PublicURL.isSecretHeader(name.lowercased()) || PublicURL.isSecretHeader(words.lowercased())
    }
}

extension JSONValue {
    /// The value as Gatus puts it into a request: a text as it is, anything else in the format of Go's `%v`.
    var contextText: String {
        switch self {
        case .string(let text): text
        case .double(let number): DecimalText(number).general
        case .null: "<nil>"
        case .array(let elements): "[" + elements.map(\.contextText).joined(separator: " ") + "]"
        case .object(let members):
            "map["
                + members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\($0.key):\($0.value.contextText)" }.joined(separator: " ") + "]"
        case .bool, .integer, .unsigned: description
        }
    }

    /// The value of `len(…)`: elements of a list, members of a mapping, otherwise bytes.
    var contextLength: Int {
        switch self {
        case .array(let elements): elements.count
        case .object(let members): members.count
        default: contextText.utf8.count
        }
    }
}

/// A path behind `[CONTEXT].`, as it is written: `user.id`.
struct ContextPath: Sendable, Hashable {
    /// The placeholder without a path, in the only spelling that Gatus knows.
    static let placeholder = "[CONTEXT]"
    /// The fault of a condition that is not one of a suite's.
    static let onlyInSuites = "[CONTEXT] is for the endpoints of suites: write the value itself"

    let text: String

    /// Whether a byte may be part of a path in a request; Gatus takes no other for one.
    static func isPathByte(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "_-.".utf8.contains(byte) }
}

/// A text of a request with `[CONTEXT].name` in it, in parts.
struct ContextText: Sendable {
    private enum Part: Sendable {
        case text(ArraySlice<UInt8>)
        case value(path: String)
    }

    private var parts: [Part] = []

    private static let start = Array("\(ContextPath.placeholder).".utf8)

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var begin = 0
        var rest = bytes[...]
        while let bracket = rest.firstIndex(of: Self.start[0]) {
            rest = rest[bracket...]
            let path = rest.dropFirst(Self.start.count).prefix(while: ContextPath.isPathByte)
            guard rest.starts(with: Self.start), !path.isEmpty else {
                rest.removeFirst()
                continue
            }
            if begin < bracket { parts.append(.text(bytes[begin..<bracket])) }
            parts.append(.value(path: String(decoding: path, as: UTF8.self)))
            begin = path.endIndex
            rest = rest[begin...]
        }
        if begin < bytes.count { parts.append(.text(bytes[begin...])) }
    }

    /// The paths of the values, each once.
    var paths: [String] {
        parts.reduce(into: []) { paths, part in
            if case .value(let path) = part, !paths.contains(path) { paths.append(path) }
        }
    }

    /// The text with the values; a placeholder whose value is missing stays.
    func filled(_ value: (_ path: String) -> String?) -> String {
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): bytes += text
            case .value(let path): bytes += (value(path) ?? "\(ContextPath.placeholder).\(path)").utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
