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
    func makeOutput() throws(OutputFaults) -> any ChatOutput {
        var reader = Reader(self)
        guard let type = OutputKind.all.first(where: { $0.kind == kind }) else {
            let kinds = OutputKind.all.map { $0.kind }.joined(separator: ", ")
            reader.fault("kind", "is \"\(kind)\", expected one of \(kinds)")
            throw OutputFaults(faults: reader.faults)
        }
        let output = type.init(&reader)
        reader.noteUnknownKeys()
        guard reader.faults.isEmpty else { throw OutputFaults(faults: reader.faults) }
        return output
    }
}
