public import Basics
import JSON

extension RunOptions {
    /// Takes the strategies of the settings, the document and the command line, of which later ones win.
    ///
    /// A `runtime` in the document replaces both strategies of the settings, so that the one that it does not name is
    /// `default` again; a strict run keeps that of the settings. An unknown word for the rollbacks means that they are
    /// never played.
    /// - Throws: `ExperimentError` with `invalid` for an unknown strategy of the hypothesis: then nothing may run.
    public mutating func takeStrategies(
        of experiment: Experiment, settings: ExperimentSettings = ExperimentSettings(),
        hypothesis: HypothesisStrategy? = nil, rollbacks: RollbackStrategy? = nil
    ) throws(ExperimentError) {
        let document = experiment.document
        var words = settings.strategies(
            document: document, hypothesis: hypothesis?.rawValue, rollbacks: rollbacks?.rawValue)
        if isStrict {
            let general = settings.strategies(
                document: [:], hypothesis: hypothesis?.rawValue, rollbacks: rollbacks?.rawValue)
            if document["runtime"]?["hypothesis"] == nil { words.hypothesis = general.hypothesis }
            if document["runtime"]?["rollbacks"] == nil { words.rollbacks = general.rollbacks }
        }
        guard let strategy = HypothesisStrategy(word: words.hypothesis) else {
            let known = HypothesisStrategy.allCases.map(\.rawValue)
            let advice = known.nearest(to: words.hypothesis).map { "did you mean \($0)?" }
            throw ExperimentError(
                .invalid,
                "nothing is run: the strategy of the hypothesis (runtime.hypothesis.strategy) is "
                    + "\"\(words.hypothesis)\": \(advice ?? "use one of \(known.joined(separator: ", "))")")
        }
        self.hypothesis = strategy
        self.rollbacks = RollbackStrategy(rawValue: words.rollbacks)
    }
}
