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

    /// What stands for the secrets where none are fetched: in the check at the start and in dry runs.
    var placeholders: [String: String] {
        Dictionary(uniqueKeysWithValues: secrets.keys.map { ($0, "\(Self.placeholderRoot)\(name)/\($0)") })
    }

    static let placeholderRoot = "https://secret.invalid/"
}
