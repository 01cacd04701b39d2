import AWS
import JSON

/// An output as the rules file or the environment describes it, its secrets not yet fetched.
struct OutputDefinition: Sendable {
    var name: String
    var kind: String
    var secrets: [String: SecretReference] = [:]
    var options: JSONObject = [:]

    /// Makes the output with its secrets.
    /// - Throws: `OutputFaults`.
    func makeOutput(secrets: [String: String]) throws(OutputFaults) -> any ChatOutput {
        try OutputSettings(name: name, kind: kind, secrets: secrets, options: options).makeOutput()
    }

    /// Finds faults without fetching secrets; those that stand here as they are, are looked at too.
    /// - Throws: `OutputFaults`.
    func check() throws(OutputFaults) {
        var secrets = placeholders
        for case (let key, .plain(let text)) in self.secrets where !text.isEmpty { secrets[key] = text }
        _ = try makeOutput(secrets: secrets)
    }

    /// The ledger's name for something of this output: another output with the same notification has another.
    ///
    /// Bounded, whatever a sender puts into its ids: DynamoDB takes keys of 2,048 bytes.
    func ledgerKey(_ text: String) -> String {
        let key = "\(name)|\(text)"
        return key.utf8.count <= 1_024 ? key : Digest.sha256Hex(key)
    }

    /// What stands for the secrets where none are fetched and none may show: in dry runs.
    var placeholders: [String: String] {
        Dictionary(uniqueKeysWithValues: secrets.keys.map { ($0, "\(Self.placeholderRoot)\(name)/\($0)") })
    }

    static let placeholderRoot = "https://secret.invalid/"
}
