public import Basics
internal import Configuration
internal import JSON

extension StopConditions {
    /// What an experiment wants to be watched: its safeguards, and what the extension `tocsin` has under
    /// `stop-conditions`: a list such as `[{"alarm": "latency"}, {"probe": {…}}]`, or a mapping as a file has it.
    /// - Throws: `ExperimentError` with `invalid` and every fault: a condition that nobody understands is not left out.
    public init(experiment: Experiment) throws(ExperimentError) {
        var conditions = StopConditions(safeguards: experiment.controls)
        if let own = try Self.declared(in: experiment) { conditions = conditions?.joined(with: own) ?? own }
        self = conditions ?? StopConditions()
    }

    /// What the extensions `tocsin` have; nil for nothing.
    static func declared(in experiment: Experiment) throws(ExperimentError) -> StopConditions? {
        var conditions: StopConditions?
        for entry in experiment.document["extensions"]?.arrayValue ?? [] where entry["name"] == "tocsin" {
            guard let declared = entry["stop-conditions"], declared != .null else { continue }
            let own = try StopConditions(declared: declared)
            conditions = conditions?.joined(with: own) ?? own
        }
        return conditions
    }

    /// Reads the value of `stop-conditions`.
    init(declared: JSONValue) throws(ExperimentError) {
        let path = "extensions(tocsin).stop-conditions"
        let diagnostics = Diagnostics()
        var mapping = declared.objectValue ?? [:]
        if let list = declared.arrayValue {
            for (index, entry) in list.enumerated() where entry["alarm"] == nil && entry["probe"] == nil {
                diagnostics.fault(line: nil, path: "\(path)[\(index)]", "expected {alarm: NAME or ARN} or {probe: {…}}")
            }
            mapping["alarms"] = .array(list.compactMap { $0["alarm"] })
            mapping["probes"] = .array(list.compactMap { $0["probe"] })
        } else if declared.objectValue == nil {
            diagnostics.fault(line: nil, path: path, "expected a list such as [{alarm: NAME}]")
        }
        self.init(ConfigurationSection(mapping, path: path, diagnostics: diagnostics))
        do throws(ConfigurationError) { try diagnostics.check() } catch {
            throw ExperimentError(.invalid, "the stop conditions have faults: \(error)", underlying: error)
        }
    }
}
