public import Basics
public import JSON

/// A mapping of a configuration, or the environment: typed getters that note every fault.
///
///     let configuration = try environment.parse { variables in
///         Configuration(
///             topic: variables.requiredText("TOPIC_ARN", expected: "the ARN of a topic"),
///             batchSize: variables.integer("BATCH_SIZE", default: 20, in: 1...1_000)
///         )
///     }
///
/// A getter that finds a fault notes it and returns nil or a placeholder. No caller sees the placeholder, because
/// `parse`, or `Diagnostics.check`, throws at the end. In every getter an absent key, null and an empty text mean the
/// default.
public final class ConfigurationSection {
    private enum Members {
        case nodes([(key: any ConfigurationNode, value: any ConfigurationNode)])
        case json(JSONObject)
        case variables([String: String])
    }

    /// Where the mapping is: `endpoints[0](shop).client`; empty for a whole file and for variables.
    public var path: String
    /// The line on which it begins; nil for what is in no file.
    public let line: Int?
    /// Where faults are noted.
    public let diagnostics: Diagnostics
    private let members: Members
    /// What was fetched for the secrets among the keys; nil where the values stand in the mapping itself.
    private let secrets: [String: String]?
    private var known: [String] = []

    /// Environment variables.
    init(variables: [String: String], diagnostics: Diagnostics) {
        (members, path, line, secrets) = (.variables(variables), "", nil, nil)
        self.diagnostics = diagnostics
    }

    /// A mapping in JSON that is in no file.
    /// - Parameter secrets: the values for the getters of secrets; what the mapping has for them is not looked at.
    public init(_ object: JSONObject, secrets: [String: String]? = nil, path: String, diagnostics: Diagnostics) {
        (members, self.path, line, self.secrets) = (.json(object), path, nil, secrets)
        self.diagnostics = diagnostics
    }

    /// A mapping in a file; nil, with a fault noted, for anything else.
    /// - Parameter secrets: the values for the getters of secrets; what the mapping has for them is not looked at.
    public init?(
        _ node: any ConfigurationNode, secrets: [String: String]? = nil, path: String, diagnostics: Diagnostics
    ) {
        guard let members = node.members else {
            diagnostics.fault(line: node.line, path: path, "expected a mapping of keys to values")
            return nil
        }
        (self.members, self.path, line, self.secrets) = (.nodes(members), path, node.line, secrets)
        self.diagnostics = diagnostics
    }

    // MARK: Keys

    /// All keys in the order of the mapping.
    public var keys: [String] {
        switch members {
        case .nodes(let members): members.map { $0.key.text ?? "" }
        case .json(let object): object.keys
        case .variables(let variables): variables.keys.sorted()
        }
    }

    /// The path of one of the keys.
    public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Whether a key is there and not null; it is known from now on.
    public func has(_ key: String) -> Bool { value(key) != nil }

    /// The value of a key that is there and not null; it is known from now on.
    public func value(_ key: String) -> ConfigurationValue? {
        switch members {
        case .nodes(let members):
            known.append(key)
            return members.first { $0.key.text == key && !$0.value.isNull }.map { ConfigurationValue($0.value) }
        case .json(let object):
            known.append(key)
            return object[key].flatMap { $0.isNull ? nil : ConfigurationValue($0) }
        case .variables(let variables):
            guard let text = variables[key], !text.isEmpty else { return nil }
            return ConfigurationValue(variable: text)
        }
    }

    /// Accepts a key that has no effect here.
    public func ignore(_ key: String, _ reason: String) {
        known.append(key)
        let isThere =
            switch members {
            case .nodes(let members): members.contains { $0.key.text == key }
            case .json(let object): object[key] != nil
            case .variables(let variables): variables[key] != nil
            }
        if isThere { diagnostics.notUsed(line: line(of: key), path: path(of: key), reason) }
    }

    /// Notes every key that no getter asked for.
    /// - Parameter anchors: whether to accept keys that exist only for aliases: `x-…`, and those whose value has an
    ///   anchor.
    public func close(allowing anchors: Bool = false) {
        let keys = keys
        let secretsOnly = (secrets ?? [:]).keys.sorted().filter { !keys.contains($0) }
        for key in secretsOnly + keys where !known.contains(key) {
            if anchors, key.hasPrefix("x-") || hasAnchor(key) { continue }
            // Several getters may have asked for the same key.
            let names = known.enumerated().filter { !known[..<$0.offset].contains($0.element) }.map(\.element)
            let advice =
                names.nearest(to: key).map { "did you mean \($0)?" }
                ?? "expected one of \(names.joined(separator: ", "))"
            fault(key, "unknown key, \(advice)")
        }
    }

    /// The line of a key in the file; that of the mapping when the key is absent, nil for what is in no file.
    public func line(of key: String) -> Int? {
        guard case .nodes(let members) = members else { return nil }
        return members.first { $0.key.text == key }?.key.line ?? line
    }

    private func hasAnchor(_ key: String) -> Bool {
        guard case .nodes(let members) = members else { return false }
        return members.contains { $0.key.text == key && $0.value.hasAnchor }
    }

    // MARK: Faults

    /// Notes what is wrong with a key, or with a name in its mapping; when the key is absent, on this mapping's line.
    public func fault(_ key: String, of name: String? = nil, _ message: String) {
        diagnostics.fault(line: line(of: key), path: path(of: key) + (name.map { ".\($0)" } ?? ""), message)
    }

    /// Notes that a key has another value than the expected one, or none: `COUNT is "x", expected a number`.
    /// - Parameters:
    ///   - expected: a noun, such as "a whole number from 1 to 10".
    ///   - secret: whether the value must not be shown.
    public func fault(_ key: String, expected: String, secret: Bool = false) {
        fault(path(of: key), line: line(of: key), value(key), expected: expected, secret: secret)
    }

    /// Notes that an element of a list is wrong.
    public func fault(at entry: ConfigurationEntry, _ message: String) {
        diagnostics.fault(line: entry.value.line, path: entry.path, message)
    }

    /// Notes that an element of a list is another than the expected one.
    public func fault(at entry: ConfigurationEntry, expected: String) {
        fault(entry.path, line: entry.value.line, entry.value, expected: expected, secret: false)
    }

    private func fault(
        _ path: String, line: Int?, _ value: ConfigurationValue?, expected: String, secret: Bool
    ) {
        guard diagnostics.showsValues else {
            return diagnostics.fault(line: line, path: path, "expected \(expected)")
        }
        let found: String
        if let value {
            guard let text = secret ? "***" : value.text else {
                return diagnostics.fault(line: line, path: path, "expected \(expected)")
            }
            found = "is \"\(text)\""
        } else {
            found = "is not set"
        }
        diagnostics.add(
            ConfigurationFault(
                line: line, path: path, isMissing: value == nil, text: " \(found), expected \(expected)"))
    }

    // MARK: Scalars

    /// The text of any scalar; nil when it is empty.
    public func text(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else {
            fault(key, expected: "a text")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// The text of any scalar, or the default.
    public func text(_ key: String, default fallback: String) -> String { text(key) ?? fallback }

    /// The text of a scalar that must be there.
    public func requiredText(_ key: String, expected: String = "a value") -> String {
        if let text = text(key) { return text }
        fault(key, expected: expected)
        return ""
    }

    /// A truth value.
    public func flag(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        if value.flag == nil { fault(key, expected: "true or false") }
        return value.flag
    }

    /// A truth value, or the default.
    public func flag(_ key: String, default fallback: Bool) -> Bool { flag(key) ?? fallback }

    /// A whole number in a range.
    public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        if let number = value.integer.flatMap({ Int(exactly: $0) }), range.contains(number) { return number }
        let limits = range.upperBound == .max ? ", \(range.lowerBound) or more" : " from \(range.text)"
        fault(key, expected: "a whole number\(limits)")
        return nil
    }

    /// A whole number in a range, or the default.
    public func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max) -> Int {
        integer(key, in: range) ?? fallback
    }

    /// A decimal number in a range, or the default.
    public func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
        guard let value = value(key) else { return fallback }
        if let number = value.number, range.contains(number) { return number }
        fault(key, expected: "a number from \(range.text)")
        return fallback
    }

    /// A length of time: `500ms`, `1m30s`, `PT1M30S`.
    ///
    /// A number without a unit counts seconds in a variable, and is wrong in a file.
    public func duration(_ key: String) -> Duration? {
        guard let value = value(key) else { return nil }
        if value.duration == nil { faultDuration(key, value) }
        return value.duration
    }

    /// A length of time that is more than zero, or the default.
    public func duration(_ key: String, default fallback: Duration) -> Duration {
        guard let value = value(key) else { return fallback }
        if let duration = value.duration, duration > .zero { return duration }
        faultDuration(key, value)
        return fallback
    }

    private func faultDuration(_ key: String, _ value: ConfigurationValue) {
        let unit = value.isVariable ? "" : " with its unit,"
        fault(key, expected: "a duration\(unit) such as 500ms, 30s, 5m or 1h30m")
    }

    /// One of an enumeration's raw values in any case, or the default.
    public func choice<Choice: CaseIterable & RawRepresentable>(
        _ key: String, default fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let value = value(key) else { return fallback }
        if let choice = Choice.named(value.text) { return choice }
        fault(key, expected: "one of \(Choice.names)")
        return fallback
    }

    /// A text that is read further; `read` returns nil for a wrong one.
    public func value<Value>(
        _ key: String, expected: String, secret: Bool = false, read: (String) -> Value?
    ) -> Value? {
        guard let value = value(key), value.text != "" else { return nil }
        if let result = value.text.flatMap(read) { return result }
        fault(key, expected: expected, secret: secret)
        return nil
    }

    /// A text that is read further, or the default; `read` returns nil for a wrong one.
    public func value<Value>(
        _ key: String, default fallback: Value, expected: String, secret: Bool = false, read: (String) -> Value?
    ) -> Value { value(key, expected: expected, secret: secret, read: read) ?? fallback }

    /// The URL of a server without a slash at its end, or the default.
    public func url(_ key: String, default fallback: String) -> String {
        let url = value(key, default: fallback, expected: Self.url) { $0.isURL ? $0 : nil }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private static let url = "a URL that begins with https:// or http://"

    // MARK: Secrets

    /// A secret without the white space and line ends that files and consoles put around it; nil when that is empty.
    public func secret(_ key: String) -> String? {
        let kept = value(key)
        let text = secrets == nil ? kept?.text : secrets?[key]
        guard let trimmed = text?.trimmingWhitespace, !trimmed.isEmpty else { return nil }
        return String(trimmed)
    }

    /// A secret that must be there.
    public func requiredSecret(_ key: String, expected: String = "a secret, or where it is kept") -> String {
        if let secret = secret(key) { return secret }
        fault(key, expected: expected, secret: true)
        return ""
    }

    /// A URL that must be there, and that is secret because whoever knows it can post.
    public func secretURL(_ key: String = "url") -> String {
        let url = requiredSecret(key, expected: Self.url + ", or where it is kept")
        if !url.isEmpty, !url.isURL { fault(key, "expected \(Self.url)") }
        return url
    }

    // MARK: Lists and mappings

    /// The elements of a list without nulls; of a variable what stands between commas.
    /// - Parameter acceptsOne: whether a value that is no list is taken as a list of one.
    public func list(_ key: String, acceptsOne: Bool = false) -> [ConfigurationEntry] {
        guard let value = value(key) else { return [] }
        let path = path(of: key)
        guard let elements = value.elements else {
            if acceptsOne { return [ConfigurationEntry(value: value, path: path)] }
            fault(key, "expected a list")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            element.isNull ? nil : ConfigurationEntry(value: element, path: "\(path)[\(index)]")
        }
    }

    /// The elements of a list that has texts only.
    public func texts(_ key: String, acceptsOne: Bool = false) -> [ConfigurationEntry] {
        list(key, acceptsOne: acceptsOne).filter { entry in
            if entry.value.text != nil { return true }
            fault(at: entry, "expected a text: put it into quotes if it begins with [ or {")
            return false
        }
    }

    /// A list of an enumeration's raw values in any case.
    public func choices<Choice: CaseIterable & RawRepresentable & Hashable>(
        _ key: String, default fallback: Set<Choice> = [], acceptsOne: Bool = false
    ) -> Set<Choice> where Choice.RawValue == String {
        guard let value = value(key) else { return fallback }
        if value.isVariable {
            let choices = (value.elements ?? []).map { Choice.named($0.text) }
            if !choices.isEmpty, !choices.contains(nil) { return Set(choices.compactMap(\.self)) }
            fault(key, expected: "some of \(Choice.names)")
            return fallback
        }
        return Set(
            texts(key, acceptsOne: acceptsOne).compactMap { entry in
                let choice = Choice.named(entry.text)
                if choice == nil { fault(at: entry, expected: "one of \(Choice.names)") }
                return choice
            })
    }

    /// A mapping of texts to texts in order; null is an empty text.
    public func pairs(_ key: String) -> [(name: String, value: String)] {
        guard let value = value(key) else { return [] }
        guard let members = value.members else {
            fault(key, "expected a mapping of names to texts")
            return []
        }
        return members.compactMap { name, value in
            if let text = value.text { return (name, value.isNull ? "" : text) }
            diagnostics.fault(line: value.line ?? line, path: "\(path(of: key)).\(name)", "expected a text")
            return nil
        }
    }

    /// The mapping of a key.
    /// - Parameter secrets: the values for the getters of secrets; what the mapping has for them is not looked at.
    public func section(_ key: String, secrets: [String: String]? = nil) -> ConfigurationSection? {
        value(key).flatMap { section(at: ConfigurationEntry(value: $0, path: path(of: key)), secrets: secrets) }
    }

    /// A list of mappings; what is no mapping is noted and left out.
    public func sections(_ key: String) -> [ConfigurationSection] { list(key).compactMap { section(at: $0) } }

    /// The mapping that a list has at a place.
    public func section(at entry: ConfigurationEntry, secrets: [String: String]? = nil) -> ConfigurationSection? {
        if let node = entry.value.node {
            return ConfigurationSection(node, secrets: secrets, path: entry.path, diagnostics: diagnostics)
        }
        if let object = entry.value.json.objectValue {
            return ConfigurationSection(object, secrets: secrets, path: entry.path, diagnostics: diagnostics)
        }
        fault(at: entry, "expected a mapping of keys to values")
        return nil
    }
}

/// An element of a list, with its place.
public struct ConfigurationEntry {
    /// The element.
    public let value: ConfigurationValue
    /// Where it is, such as `allow[0]`.
    public let path: String

    /// Its text; empty for a list or a mapping.
    public var text: String { value.text ?? "" }
}

extension Environment {
    /// Reads a configuration from the variables; an empty variable counts as not set.
    /// - Throws: ``ConfigurationError`` with every missing or wrong variable; without one, what `body` throws.
    public func parse<Configuration>(_ body: (ConfigurationSection) throws -> Configuration) throws -> Configuration {
        let diagnostics = Diagnostics()
        let result = Result { try body(ConfigurationSection(variables: variables, diagnostics: diagnostics)) }
        try diagnostics.check()
        return try result.get()
    }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    fileprivate static func named(_ text: String?) -> Self? {
        guard let text = text?.lowercased() else { return nil }
        return allCases.first { $0.rawValue.lowercased() == text }
    }

    fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension ClosedRange {
    fileprivate var text: String { "\(lowerBound) to \(upperBound)" }
}

extension String {
    fileprivate var isURL: Bool {
        (hasPrefix("https://") || hasPrefix("http://")) && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
