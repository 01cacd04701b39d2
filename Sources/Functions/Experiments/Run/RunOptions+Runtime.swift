public import Basics
public import JSON

extension RunOptions {
    /// Takes the strategies that the settings and the document name under `runtime`.
    ///
    /// A `runtime` in the document replaces both strategies of the settings, so that the one that it does not name is
    /// `default` again; a strict run keeps that of the settings. An unknown word for the rollbacks means that they are
    /// never played. What the caller wants goes before both, and is set afterwards.
    /// - Throws: `ExperimentError` with `invalid` for an unknown strategy of the hypothesis: then nothing may run.
    public mutating func takeRuntime(
        document: JSONObject, settings: JSONObject = [:]
    ) throws(ExperimentError) {
        func word(_ part: String) -> String {
            let own = document["runtime"].flatMap { Python.isTrue($0) ? $0 : nil }
            let general = settings["runtime"]?[part]?["strategy"]
            let value = own == nil ? general : own?[part]?["strategy"] ?? (isStrict ? general : nil)
            return value.map { $0.stringValue ?? $0.description } ?? "default"
        }
        let (hypothesis, rollbacks) = (word("hypothesis"), word("rollbacks"))
        guard let strategy = HypothesisStrategy(word: hypothesis) else {
            let known = HypothesisStrategy.allCases.map(\.rawValue)
            let advice = known.nearest(to: hypothesis).map { "did you mean \($0)?" }
            throw ExperimentError(
                .invalid,
                "nothing is run: runtime.hypothesis.strategy is \"\(hypothesis)\": "
                    + (advice ?? "use one of \(known.joined(separator: ", "))"))
        }
        self.hypothesis = strategy
        self.rollbacks = RollbackStrategy(rawValue: rollbacks)
    }
}
