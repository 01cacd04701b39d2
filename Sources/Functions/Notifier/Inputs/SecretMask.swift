import Basics
import JSON

/// Replaces secrets in what is shown of messages by `***`, so that they do not end up in a chat.
///
/// A secret is known by the name of its key, as `SecretNames` tells, or by its shape: keys of AWS and Alibaba Cloud,
/// JSON Web Tokens, tokens of GitHub, GitLab, Slack, Stripe and others, private keys, passwords in URLs, webhooks.
package enum SecretMask {
    static let mask = "***"

    /// JSON without its secrets.
    static func masked(_ value: JSONValue) -> JSONValue { changed(value, .none) ?? value }

    /// A text without its secrets.
    package static func masked(_ text: String) -> String {
        var text = text
        let secrets = text.withUTF8 { SecretScanner.secrets(in: $0) }
        guard !secrets.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        for secret in secrets where secret.lowerBound >= position {
            result += bytes[position..<secret.lowerBound] + Array(mask.utf8)
            position = secret.upperBound
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// The value of a field without its secrets.
    static func masked(_ text: String, named name: String) -> String {
        // Of a mapping, its members are hidden already.
        guard let kind = SecretNames.kind(of: name), !text.containsBytes(mask) else { return masked(text) }
        return isHarmless(text, kind) ? text : mask
    }

    /// A command for a shell without its secrets: also what stands behind `--password`, and behind `-u name:`.
    ///
    /// A variable stays: its name is no secret.
    package static func masked(command: String) -> String {
        let text = Array(masked(command).utf8)
        var result: [UInt8] = []
        var position = 0
        var previous = ""
        for word in words(of: text) {
            let shown = String(decoding: text[word], as: UTF8.self)
            if shown == "\\" { continue }  // The command goes on in the next line.
            if let secret = secret(in: word, shown, after: previous) {
                result += text[position..<secret.lowerBound] + Array(mask.utf8)
                position = secret.upperBound
            }
            previous = shown
        }
        return String(decoding: result + text[position...], as: UTF8.self)
    }

    /// The part of a word that is a secret, by the option before it or in it.
    private static func secret(in word: Range<Int>, _ text: String, after option: String) -> Range<Int>? {
        // `--user=name:password` and `-uname:password`; the values of other options with "=" are masked already.
        for option in userOptions where text.hasPrefix(option) {
            let value = text.dropFirst(option.count)
            let isJoined = option.hasPrefix("--") ? value.hasPrefix("=") : !value.isEmpty
            if isJoined { return password(in: word, text) }
        }
        guard option.hasPrefix("-"), !option.contains("="), !text.hasPrefix("-") else { return nil }
        if userOptions.contains(option) { return password(in: word, text) }
        guard let kind = SecretNames.kind(of: option), !isVariable(text[...]) else { return nil }
        return isHarmless(text, kind) ? nil : word
    }

    private static let userOptions = ["-u", "--user", "-U", "--proxy-user"]

    /// What stands behind the colon of `name:password`.
    private static func password(in word: Range<Int>, _ text: String) -> Range<Int>? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let password = text[text.index(after: colon)...]
        if password.hasPrefix("//") || isVariable(text.hasPrefix("'") ? "" : password) { return nil }
        let isQuoted = text.hasSuffix("\"") || text.hasSuffix("'")
        let end = word.upperBound - (isQuoted && !password.isEmpty ? 1 : 0)
        return word.upperBound - password.utf8.count..<end
    }

    /// Whether a value begins with a variable, which a shell replaces outside of single quotes.
    private static func isVariable(_ text: Substring) -> Bool { text.hasPrefix("$") || text.hasPrefix("\"$") }

    /// The words of a command, with their quotes.
    private static func words(of text: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        var quote: UInt8?
        for (index, byte) in text.enumerated() {
            if quote == nil, byte.isASCIIWhitespace {
                if let first = start { words.append(first..<index) }
                start = nil
                continue
            }
            start = start ?? index
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
        }
        if let start { words.append(start..<text.count) }
        return words
    }

    /// What the keys around a value say about it.
    private enum Place {
        case none
        case secret(SecretNames.Kind)
        /// A list or a mapping of a process's variables.
        case environment
    }

    /// - Returns: nil when nothing is to be hidden, so that most values are not copied.
    private static func changed(_ value: JSONValue, _ place: Place) -> JSONValue? {
        switch value {
        case .string(let text):
            if case .secret(let kind) = place { return isHarmless(text, kind) ? nil : .string(mask) }
            // `["DB_PASSWORD=…"]`, as Docker writes an environment.
            if case .environment = place, let sign = text.firstIndex(of: "=") {
                return .string(text[...sign] + mask)
            }
            let shown = masked(text)
            return shown == text ? nil : .string(shown)
        case .integer, .unsigned, .double:
            if case .secret(.password) = place { return .string(mask) }
            return nil
        case .object(let object): return changed(object, place).map { .object($0) }
        case .array(let elements): return changed(elements, place).map { .array($0) }
        case .null, .bool: return nil
        }
    }

    private static let namesAndValues = [
        ("name", "value"), ("Name", "Value"), ("key", "value"), ("Key", "Value"), ("title", "value"),
        ("parameterKey", "parameterValue"), ("ParameterKey", "ParameterValue"), ("name", "default"),
    ]

    private static func changed(_ object: JSONObject, _ place: Place) -> JSONObject? {
        var result: JSONObject?
        for (key, value) in object {
            if let value = changed(value, self.place(of: key, value, place)) {
                var copy = result ?? object
                copy[key] = value
                result = copy
            }
        }
        // `{"name": "DB_PASSWORD", "value": "…"}`, and all values of an environment.
        for (name, value) in namesAndValues {
            guard let name = object[name]?.stringValue, let text = object[value], !text.isEmpty else { continue }
            var place = place
            if case .environment = place { place = .secret(.password) }
            if let kind = SecretNames.kind(of: name) { place = .secret(kind) }
            if let shown = changed(text, place) {
                var copy = result ?? object
                copy[value] = shown
                result = copy
            }
        }
        return result
    }

    private static func place(of key: String, _ value: JSONValue, _ outer: Place) -> Place {
        if let kind = SecretNames.kind(of: key) { return .secret(kind) }
        switch outer {
        case .secret: return outer
        case .environment: return key.lowercased() == "variables" ? .secret(.password) : .none
        case .none:
            guard SecretNames.isEnvironment(key) else { return .none }
            // A mapping `environment` may also tell of a stage such as production; `env` and the like are variables.
            return value.objectValue != nil && key.lowercased() != "environment" ? .secret(.password) : .environment
        }
    }

    private static func changed(_ elements: [JSONValue], _ place: Place) -> [JSONValue]? {
        var result: [JSONValue]?
        for (index, element) in elements.enumerated() {
            var place = place
            // `["--password", "…"]` of a command.
            if index > 0, let option = elements[index - 1].stringValue, option.hasPrefix("-"), !option.contains("="),
                let kind = SecretNames.kind(of: option)
            {
                place = .secret(kind)
            }
            if let shown = changed(element, place) {
                var copy = result ?? elements
                copy[index] = shown
                result = copy
            }
        }
        return result
    }

    /// Whether the value of a secret's key tells no secret: nothing, a reference to where it is, a count.
    private static func isHarmless(_ text: String, _ kind: SecretNames.Kind) -> Bool {
        if text.isEmpty || text == mask || text.hasPrefix("arn:") { return true }
        switch kind {
        case .password: return false
        case .token: return text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        }
    }
}

extension Notification {
    /// The received message as outputs may show it.
    var shownMessage: JSONValue { SecretMask.masked(message) }

    /// Hides secrets in texts and addresses; the address that confirms a subscription needs its token.
    mutating func maskSecrets() {
        title = SecretMask.masked(title)
        text = SecretMask.masked(text)
        for index in fields.indices {
            fields[index].value = SecretMask.masked(fields[index].value, named: fields[index].name)
        }
        if source != .sns { for index in links.indices { links[index].url = SecretMask.masked(links[index].url) } }
        resource = resource.map { SecretMask.masked($0) }
    }
}
