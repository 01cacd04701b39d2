internal import Basics
internal import JSON

/// How well the system kept its steady state: Σ weight × success / Σ weight over the hypothesis' probes, as in Litmus.
///
/// A probe's success is the share of its checks during and after the method that found its tolerance met. A check
/// before the method says nothing about resilience and does not count. Weights are 1 unless the experiment has an
/// extension that gives them:
///
/// ```yaml
/// extensions:
///   - name: tocsin
///     score:
///       weight: 10            # of the experiment among others
///       probes:
///         the name of a probe: 5
/// ```
struct ResilienceScore: Sendable {
    /// One probe's part.
    struct Part: Sendable {
        let name: String
        let weight: Double
        var met = 0
        var checks = 0
        /// The share of checks that were met, 0...1.
        var success: Double { checks == 0 ? 0 : Double(met) / Double(checks) }
    }

    let parts: [Part]
    /// The score, 0...1.
    let value: Double

    /// - Returns: nil when nothing was checked after a fault, or nothing was done (a dry run).
    init?(of run: RunJournal) {
        guard run.isReadable, run.dry == nil || run.dry == "pause" else { return nil }
        let weights = Self.settings(of: run)["probes"]?.objectValue ?? [:]
        var parts = run.probeNames.map { name in Part(name: name, weight: Self.weight(weights[name]) ?? 1) }
        let places = Dictionary(parts.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        for check in run.checks where check.phase != .before {
            for probe in check.probes {
                guard let place = places[probe.name] else { continue }
                parts[place].checks += 1
                if probe.toleranceMet == true { parts[place].met += 1 }
            }
        }
        self.parts = parts.filter { $0.checks > 0 }
        let total = self.parts.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        value = self.parts.reduce(0) { $0 + $1.weight * $1.success } / total
    }

    /// How much an experiment counts among others: what its extension says, otherwise by its highest contribution:
    /// 10 for `high`, 5 for `medium`, 1 for `low` and for an experiment without contributions.
    static func weight(of run: RunJournal) -> Double {
        if let weight = weight(settings(of: run)["weight"]) { return weight }
        let levels = ["high": 10.0, "medium": 5.0]
        return run.contributions.compactMap { levels[$0.level] }.max() ?? 1
    }

    /// The extension's member `score`.
    private static func settings(of run: RunJournal) -> JSONObject {
        let extensions = run.journal["experiment"]?["extensions"]?.arrayValue ?? []
        return extensions.first { $0["name"] == "tocsin" }?["score"]?.objectValue ?? [:]
    }

    private static func weight(_ value: JSONValue?) -> Double? {
        guard let weight = value?.doubleValue, (0...1e6).contains(weight) else { return nil }
        return weight
    }
}
