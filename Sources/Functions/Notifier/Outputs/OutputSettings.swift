import JSON

/// One output of the rules file, its secrets resolved.
struct OutputSettings: Sendable {
    /// Its name in the rules file, for messages.
    var name: String
    /// One of the kinds in `OutputKind.all`.
    var kind: String
    /// What was resolved from where secrets are kept: `url`, `token`, `secret`, `key`.
    var secrets: [String: String]
    /// Everything else that was set for it, such as `channel` and `username`.
    var options: JSONObject

    /// The keys, over all kinds, whose values are kept in `secrets`: nothing shows them.
    static let secretKeys: Set<String> = ["url", "token", "secret", "key", "authorization"]

    init(name: String, kind: String, secrets: [String: String] = [:], options: JSONObject = [:]) {
        self.name = name
        self.kind = kind
        self.secrets = secrets
        self.options = options
    }

    /// Makes the output.
    /// - Throws: every fault of the settings at once.
    func makeOutput() throws(OutputFaults) -> ChatOutput {
        var reader = Reader(self)
        guard let type = OutputKind.all.first(where: { $0.name == kind }) else {
            let kinds = OutputKind.all.map(\.name).joined(separator: ", ")
            reader.fault("kind", "is \"\(kind)\", expected one of \(kinds)")
            throw OutputFaults(faults: reader.faults)
        }
        let output = type.makeOutput(&reader)
        reader.noteUnknownKeys()
        guard reader.faults.isEmpty else { throw OutputFaults(faults: reader.faults) }
        return output
    }
}

extension OutputSettings {
    /// Typed getters that note each fault; one that finds a fault returns a placeholder, which is never used.
    struct Reader {
        private let settings: OutputSettings
        private var known: Set<String> = []
        private(set) var faults: [String] = []

        init(_ settings: OutputSettings) { self.settings = settings }

        /// The name of the output.
        var name: String { settings.name }

        /// A secret that has to be there.
        mutating func secret(_ key: String) -> String {
            if let value = optionalSecret(key) { return value }
            fault(key, "is missing")
            return ""
        }

        /// A secret that may be there.
        mutating func optionalSecret(_ key: String) -> String? {
            known.insert(key)
            guard let value = settings.secrets[key].map(Self.trimmed), !value.isEmpty else { return nil }
            return value
        }

        /// A secret that is a URL of `https` (`http` for servers of one's own).
        mutating func secretURL(_ key: String = "url") -> String {
            let url = secret(key)
            if !url.isEmpty && !Self.isURL(url) { fault(key, "is not a URL that begins with https:// or http://") }
            return url
        }

        /// A text that may be set.
        mutating func string(_ key: String) -> String? {
            switch value(key) {
            case nil, .null?: return nil
            case .string(let text)?: return text.isEmpty ? nil : text
            case .some(let number) where number.intValue != nil: return number.description
            case .some(let other):
                fault(key, "is of kind \(other.kindName), expected a string")
                return nil
            }
        }

        /// A text that has to be set.
        mutating func required(_ key: String) -> String {
            if let text = string(key) { return text }
            if !faults.contains(where: { $0.hasPrefix(prefix(key)) }) { fault(key, "is missing") }
            return ""
        }

        /// A URL that is no secret, without a slash at its end.
        mutating func url(_ key: String, default fallback: String) -> String {
            let url = string(key) ?? fallback
            if !Self.isURL(url) { fault(key, "is \"\(url)\", expected a URL that begins with https:// or http://") }
            return String(url.hasSuffix("/") ? url.dropLast() : url[...])
        }

        /// `true` or `false`.
        mutating func flag(_ key: String, default fallback: Bool) -> Bool {
            guard let value = value(key), !value.isNull else { return fallback }
            if let flag = value.boolValue { return flag }
            fault(key, "is \(value), expected true or false")
            return fallback
        }

        /// A whole number within a range.
        mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
            guard let value = value(key), !value.isNull else { return fallback }
            if let number = value.intValue.flatMap({ Int(exactly: $0) }), range.contains(number) { return number }
            fault(key, "is \(value), expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }

        /// Names and texts.
        mutating func strings(_ key: String) -> [(String, String)] {
            guard let value = value(key), !value.isNull else { return [] }
            let pairs = (value.objectValue ?? [:]).compactMap { name, value in value.stringValue.map { (name, $0) } }
            if pairs.count != value.objectValue?.count { fault(key, "is not a map of names to strings") }
            return pairs
        }

        /// One of a few words.
        mutating func choice<C: RawRepresentable<String> & CaseIterable>(_ key: String, default fallback: C) -> C {
            guard let text = string(key) else { return fallback }
            if let choice = C(rawValue: text) { return choice }
            fault(key, "is \"\(text)\", expected \(C.allCases.map(\.rawValue).joined(separator: " or "))")
            return fallback
        }

        /// Notes a fault; `problem` must not hold a secret.
        mutating func fault(_ key: String, _ problem: String) { faults.append(prefix(key) + problem) }

        /// Notes each key that no getter asked for: it is misspelt, or of another kind of output.
        mutating func noteUnknownKeys() {
            for key in settings.secrets.keys.sorted() + settings.options.keys where !known.contains(key) {
                fault(key, "is not a setting of \(settings.kind)")
            }
        }

        private mutating func value(_ key: String) -> JSONValue? {
            known.insert(key)
            return settings.options[key]
        }

        private func prefix(_ key: String) -> String { "output \(settings.name): \(key) " }

        private static func isURL(_ text: String) -> Bool {
            (text.hasPrefix("https://") || text.hasPrefix("http://")) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }

        /// Without the white space and line end that secrets get in files and consoles.
        private static func trimmed(_ text: String) -> String {
            let isSpace = { (character: Character) in character.isWhitespace }
            return String(String(text.drop(while: isSpace).reversed().drop(while: isSpace)).reversed())
        }
    }
}
