public import Basics
import JSON

extension NativeActivity.Invocation {
    /// The call of an undo: the arguments that the ledger knows, with the secrets that the activity named.
    /// - Throws: ``ExperimentError`` when an argument has a secret that is not known; what the AWS configuration
    ///   throws.
    public init(
        undoing entry: LedgerEntry, of experiment: Experiment, _ substitution: Substitution, _ providers: Providers,
        deadline: Timestamp
    ) throws {
        var arguments = entry.arguments
        for (key, value) in try entry.secretArguments?.values(substitution) ?? [:] { arguments[key] = value }
        let activity = (experiment.method + (experiment.hypothesis?.probes ?? [])).first { $0.name == entry.name }
        self.init(
            arguments: arguments, configuration: substitution.configuration,
            secrets: substitution.secrets(of: activity?.provider ?? [:]), aws: try providers.aws(),
            loop: providers.loop, time: providers.time, deadline: deadline, seed: entry.seed)
    }
}

extension Substitution {
    /// The secrets of the scopes that a provider names, joined.
    func secrets(of provider: JSONObject) -> JSONObject {
        var joined: JSONObject = [:]
        for scope in provider["secrets"]?.arrayValue ?? [] {
            for (key, value) in secrets[scope.stringValue ?? ""]?.objectValue ?? [:] { joined[key] = value }
        }
        return joined
    }
}
