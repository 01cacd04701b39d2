import AWS
import Basics
import Configuration
import ConfigurationSources
import YAML

/// Everything that was read from the places of rules, by its form.
struct LoadedRules: Sendable {
    /// Our own files, objectives and the catalogue, with what the variables override.
    var rules: RuleSet
    /// Files in CloudwatchMonitoring's form: their alarms need the names of instances.
    var originals: [OriginalAlarmsFile] = []
    /// Keys without effect, and the like.
    var notices: [RuleNotice] = []
}

/// Reads the places of rules, and tells their forms apart by their content.
struct RuleSources: Sendable {
    private let settings: ProvisionerSettings
    private let environment: [String: String]
    private let remote: RemoteValues

    init(
        _ settings: ProvisionerSettings, environment: [String: String],
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) {
        (self.settings, self.environment) = (settings, environment)
        remote = .awsFiles(aws)
    }

    /// Reads all of them.
    /// - Throws: ``ProvisionerError``: `unavailable` when one cannot be read, since nobody knows then which alarms are
    ///   too many; `invalid` with the faults of all files.
    func load(deadline: Timestamp?) async throws -> LoadedRules {
        var own: [RuleFile.Source] = []
        var others: [RuleFile.Source] = []
        for source in settings.sources {
            let file = RuleFile.Source(name: name(source), bytes: try await bytes(source, deadline))
            if Self.isOwn(file.bytes) { own.append(file) } else { others.append(file) }
        }
        return try Self.read(own: own, others: others, settings)
    }

    private func bytes(_ source: ConfigurationSource, _ deadline: Timestamp?) async throws -> [UInt8] {
        do { return try await source.load(environment: environment, remote: remote, deadline: deadline) } catch {
            throw ProvisionerError(
                .unavailable,
                "the rules \(name(source)) (--rules, ALARM_RULES or CONFIG_FILE) cannot be read: \(error)",
                underlying: error)
        }
    }

    private func name(_ source: ConfigurationSource) -> String {
        if case .text = source { "ALARM_RULES_TEXT" } else { "\(source)" }
    }

    /// What is neither CloudwatchMonitoring's nor Sloth's nor OpenSLO's is ours, with its faults.
    static func isOwn(_ bytes: [UInt8]) -> Bool {
        if ObjectiveRule.isObjectiveFile(bytes) { return false }
        return (try? YAMLNode(parsing: bytes)).map { !OriginalAlarmsFile.recognizes($0) } ?? true
    }

    static func read(
        own: [RuleFile.Source], others: [RuleFile.Source], _ settings: ProvisionerSettings
    ) throws(ProvisionerError) -> LoadedRules {
        var faults: [ProvisionerError] = []
        func noting<Value>(_ body: () throws(ProvisionerError) -> Value) -> Value? {
            do throws(ProvisionerError) { return try body() } catch {
                faults.append(error)
                return nil
            }
        }
        var loaded = LoadedRules(
            rules: noting { () throws(ProvisionerError) in try readOwn(own, hasOthers: !others.isEmpty, settings) }
                ?? RuleSet())
        for file in others {
            if ObjectiveRule.isObjectiveFile(file.bytes) {
                let read = noting { () throws(ProvisionerError) in
                    try ObjectiveRule.read(file.bytes, file: file.name)
                }
                loaded.rules.objectives += read?.rules ?? []
                loaded.notices += read?.notices ?? []
            } else if let original = noting({ () throws(ProvisionerError) in
                try OriginalAlarmsFile(parsing: file.bytes, file: file.name)
            }) {
                loaded.originals.append(original)
            }
        }
        if faults.count == 1 { throw faults[0] }
        guard faults.isEmpty else {
            throw ProvisionerError(.invalid, faults.map(\.message).joined(separator: "\n"), underlying: faults[0])
        }
        loaded.rules.options = settings.overrides.applied(to: loaded.rules.options)
        return loaded
    }

    private static func readOwn(
        _ files: [RuleFile.Source], hasOthers: Bool, _ settings: ProvisionerSettings
    ) throws(ProvisionerError) -> RuleSet {
        let isOff = settings.usesCatalogue == false || (settings.usesCatalogue == nil && files.isEmpty && hasOthers)
        let all = RuleFile.Catalogue.recommended
        let catalogue = isOff ? RuleFile.Catalogue(names: all.names) { _ in [] } : all
        var rules = try RuleFile.read(files, catalogue: catalogue) { sections, file in
            ObjectiveRule.read(sections, file: file)
        }
        // A file that says `catalogue: false` is overridden by the variable.
        if settings.usesCatalogue == true, !rules.rules.contains(where: { $0.origin.source == .catalogue }) {
            rules.rules += AlarmCatalogue.rules()
        }
        return rules
    }
}
