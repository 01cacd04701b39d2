import Basics
import Configuration
import ConfigurationSources
import Events
import JSON

/// An output as the rules file or the environment describes it, its secrets not yet fetched.
struct OutputDefinition: Sendable {
    var name: String
    var kind: String
    var secrets: [String: SecretReference] = [:]
    var options: JSONObject = [:]

    /// The keys, over all kinds, whose values are secrets: nothing shows them.
    static let secretKeys: Set<String> = ["url", "token", "secret", "key", "authorization", "slack-signing-secret"]

    /// Makes the output with its secrets.
    /// - Throws: `ConfigurationError` with every fault of the settings.
    func makeOutput(secrets: [String: String]) throws(ConfigurationError) -> ChatOutput {
        let diagnostics = Diagnostics()
        let settings = ConfigurationSection(
            options.merging(["kind": .string(kind)]), secrets: secrets, path: "outputs.\(name)",
            diagnostics: diagnostics)
        let output = OutputKind.output(settings)
        try diagnostics.check()
        // Without an output there is a fault.
        guard let output else { throw ConfigurationError(faults: diagnostics.faults) }
        return output
    }

    /// Finds faults without fetching secrets; those that stand here as they are, are looked at too.
    /// - Throws: `ConfigurationError`.
    func check() throws(ConfigurationError) { _ = try makeOutput(secrets: secretsToCheck) }

    /// Placeholders for the secrets that have to be fetched, and those that stand here as they are.
    private var secretsToCheck: [String: String] {
        var secrets = placeholders
        for case (let key, .plain(let text)) in self.secrets where !text.isEmpty { secrets[key] = text }
        return secrets
    }

    /// The ledger's name for something of this output: another output with the same notification has another.
    ///
    /// Bounded, whatever a sender puts into its ids: DynamoDB takes keys of 2,048 bytes.
    func ledgerKey(_ text: String) -> String {
        let key = "\(name)|\(text)"
        return key.utf8.count <= 1_024 ? key : Digest.sha256Hex(key)
    }

    /// The ledger's name for the message that an incident began with.
    func threadKey(of incident: String) -> String { "thread|" + ledgerKey(incident) }

    /// The setting by which a Slack app's messages get buttons.
    static let signingSecretKey = "slack-signing-secret"

    /// What Slack signs its requests with; nil for an output without buttons.
    var signingSecret: SecretReference? { secrets[Self.signingSecretKey] }

    /// What stands for the secrets where none are fetched and none may show: in dry runs.
    var placeholders: [String: String] {
        Dictionary(uniqueKeysWithValues: secrets.keys.map { ($0, "\(Self.placeholderRoot)\(name)/\($0)") })
    }

    static let placeholderRoot = "https://secret.invalid/"
}

extension OutputDefinition {
    /// Sets `headers`; a value can be `env:NAME` or say where a secret is kept.
    /// - Parameter fault: called with the end of a sentence for a variable that is not set.
    mutating func setHeaders(
        _ headers: [(name: String, value: String)], _ environment: [String: String], fault: (String) -> Void
    ) {
        var shown: JSONObject = [:]
        for (name, text) in headers {
            var value = text
            if text.hasPrefix("env:") {
                value = environment[String(text.dropFirst(4))] ?? ""
                if value.isEmpty { fault("\(name): \(text) is not set") }
            }
            if case .plain = SecretReference(value) {
                shown[name] = .string(value)
            } else {
                shown[name] = ""
                secrets[Self.secretKey(ofHeader: name)] = SecretReference(value)
            }
        }
        options["headers"] = .object(shown)
    }

    /// What the secrets call the value of a header.
    static func secretKey(ofHeader name: String) -> String { "headers.\(name)" }

    /// Reads and checks an entry of `outputs`; nil when it is no mapping.
    init?(name: String, in outputs: ConfigurationSection, _ environment: [String: String]) {
        guard let section = outputs.section(name) else { return nil }
        self.init(name: name, kind: section.text("kind", default: ""))
        for key in section.keys where key != "kind" {
            if Self.secretKeys.contains(key) {
                // A wrong one is there too, or the check below would call it missing as well.
                secrets[key] = section.secretReference(key, environment: environment) ?? .plain("")
            } else if key == "headers", let headers = section.value(key)?.json.objectValue {
                setHeaders(headers.map { ($0.key, $0.value.text ?? "") }, environment) { section.fault(key, $0) }
            } else {
                options[key] = section.value(key)?.json
            }
        }
        if let settings = outputs.section(name, secrets: secretsToCheck) { _ = OutputKind.output(settings) }
    }
}

extension OutputKind {
    /// Makes an output of the kind that `kind` says; every fault of the settings is noted.
    /// - Returns: nil for an unknown kind.
    fileprivate static func output(_ settings: ConfigurationSection) -> ChatOutput? {
        let kind = settings.text("kind")
        guard let type = all.first(where: { $0.name == kind }) else {
            settings.fault("kind", expected: "one of \(all.map(\.name).joined(separator: ", "))")
            return nil
        }
        let output = type.makeOutput(settings)
        settings.close()
        return output
    }
}
