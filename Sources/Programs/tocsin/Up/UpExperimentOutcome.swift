import Experiments
import JSON

extension UpExperiment {
    /// What became of a run, and of its rollbacks.
    struct Outcome: Sendable, Equatable {
        /// How a run ended; its raw value is that of `ExperimentRun.state`.
        enum Verdict: String, Sendable {
            /// It completed, and the system did not deviate.
            case passed
            /// It completed, and the system deviated.
            case deviated
            /// It did not complete, or something is still broken.
            case failed
            /// It was ended before its end, and what it broke was put back.
            case interrupted
        }

        let verdict: Verdict
        /// How it ended, for people.
        private let ending: String
        /// What became of the rollbacks, for people; empty for an experiment that has none.
        let rollbackText: String
        /// The names of the rollbacks that have not put back what they should.
        let brokenRollbacks: Set<String>

        /// All of it, for people.
        var text: String { rollbackText.isEmpty ? ending : "\(ending) \(rollbackText)" }

        /// A run of which no rollbacks are known.
        init(_ verdict: Verdict, _ ending: String) {
            (self.verdict, self.ending) = (verdict, ending)
            (rollbackText, brokenRollbacks) = ("", [])
        }

        /// What the session says when it ends before the experiment has told its end.
        static let notEnded = Outcome(.interrupted, "The experiment had not ended yet.")

        /// Judges a run.
        /// - Parameters:
        ///   - journal: as the run has written it.
        ///   - rollbacks: those of the experiment, with what became of them.
        init(
            journal: JSONObject, isSuccess: Bool, rollbacks: [PlayedRollback], wasInterrupted: Bool
        ) {
            let status = journal["status"]?.stringValue ?? "unknown"
            let cause = journal["error"]?["message"]?.stringValue.map { ": \($0)" } ?? ""
            let isPlayed = !(journal["rollbacks"]?.arrayValue ?? []).isEmpty
            // Chaos Toolkit calls it completed.
            let didNotBegin = journal["steady_states"]?["before"]?["steady_state_met"] == false
            let (verdict, ending): (Verdict, String) =
                if didNotBegin {
                    (.failed, "The experiment did not begin: its hypothesis did not hold.")
                } else if isSuccess {
                    (.passed, "It ended, and the system did not deviate.")
                } else if wasInterrupted {
                    (.interrupted, rollbacks.isEmpty ? "It was stopped; it has no rollbacks." : "It was stopped.")
                } else if journal["deviated"] == true {
                    (.deviated, "The experiment ended with status \(status), and the system deviated\(cause).")
                } else {
                    (.failed, "The experiment ended with status \(status)\(cause).")
                }
            // A run that passed without them has chosen so, in its `runtime`.
            let needsNone = didNotBegin || verdict == .passed
            let broken = isPlayed ? rollbacks.filter { $0.failure != nil } : needsNone ? [] : rollbacks
            // What is still broken is worse than what was learnt, and must not look good.
            let isGood = verdict == .passed || verdict == .interrupted
            self.verdict = isGood && !broken.isEmpty ? .failed : verdict
            self.ending = ending
            brokenRollbacks = Set(broken.map(\.name))
            rollbackText =
                if rollbacks.isEmpty || didNotBegin && !isPlayed {
                    ""
                } else if !isPlayed {
                    "No rollback was played, what they put back may still be broken: "
                        + rollbacks.map(\.name).joined(separator: ", ") + "."
                } else if broken.isEmpty {
                    rollbacks.count == 1 ? "Its rollback was played." : "Its \(rollbacks.count) rollbacks were played."
                } else {
                    "May still be broken: "
                        + broken.map { "rollback \($0.name) \($0.plainFailure)" }.joined(separator: "; ") + "."
                }
        }
    }
}

extension PlayedRollback {
    /// Why it failed, without the name of the exception that it would be in Python.
    fileprivate var plainFailure: String {
        let (text, exception) = (failure ?? "", "failed: chaoslib.exceptions.ActivityFailed: ")
        return text.hasPrefix(exception) ? "failed: \(text.dropFirst(exception.count))" : text
    }
}
