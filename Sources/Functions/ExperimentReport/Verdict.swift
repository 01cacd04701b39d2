internal import Basics

/// What a run has shown, in words that a tired person understands.
struct Verdict {
    /// How good the news is.
    enum Tone: String {
        case good, bad, warn, neutral
    }

    /// One or two words: `Passed`, `Deviated`.
    let headline: String
    /// One sentence.
    let sentence: Sentence
    let tone: Tone
    let icon: Icon
    /// What else has to be known, the most urgent first.
    let points: [(icon: Icon, text: Sentence)]

    init(of run: RunJournal) {
        let deviations = Deviation.all(in: run)
        (headline, sentence, tone, icon) = Self.words(for: run)
        var points = Self.targetPoints(run)
        if run.outcome == .deviated || run.outcome == .interrupted, let deviation = deviations.first {
            points.append(Self.recoveryPoint(deviation, all: deviations))
        }
        if let error = AbortError(of: run.journal) {
            points.append(
                (.bad, "\(quoted: error.place) was ended by: \(quoted: Text.line(error.message, limit: 400))"))
        }
        // The targets are told above.
        points += run.warnings.filter { $0.code != RunWarning.stillBroken }.map { (.warning, Self.plain($0, run)) }
        points += run.engineWarnings.map { (.warning, "\(quoted: $0)") }
        self.points = points
    }

    private static func words(for run: RunJournal) -> (String, Sentence, Tone, Icon) {
        let states = RawStates(run.journal)
        switch run.outcome {
        case .passed where run.isConclusive:
            return ("Passed", "The system held its steady state \(Text.list(states.phases)) the method.", .good, .good)
        case .passed where states.phases.isEmpty:
            return ("Nothing judged", "The run went to its end, but no steady state was checked.", .neutral, .unknown)
        case .passed where !run.openTargets.isEmpty:
            return ("Left broken", "The steady state held, but not everything was put back.", .bad, .bad)
        case .passed:
            return (
                "No proof", "The steady state held, but the run does not show that the system can take the fault.",
                .warn, .unknown
            )
        case .deviated:
            let phases = Text.list(states.deviatedPhases)
            let start =
                states.before == nil
                ? "The system did not hold its steady state \(phases) the method"
                : "The system was well before the method, but did not hold its steady state \(phases) it"
            return ("Deviated", "\(start): the experiment found a weakness.", .bad, .bad)
        case .baselineNotMet:
            return (
                "Not run",
                "The system was not well before the method, so nothing was injected. Look at the system first.",
                .warn, .warning
            )
        case .probeError:
            return (
                "No verdict",
                "A probe of the steady state could not be run, so nobody knows whether the system held it.", .warn,
                .unknown
            )
        case .aborted:
            return (
                "Aborted", "An unexpected error ended the method. What was injected until then says little.", .warn,
                .warning
            )
        case .interrupted: return ("Interrupted", interruption(run), .warn, .interrupted)
        case .error: return ("Not readable", "This is not the journal of an experiment.", .neutral, .unknown)
        }
    }

    private static func interruption(_ run: RunJournal) -> Sentence {
        guard let by = Interruption(of: run.journal) else { return "The run was stopped before its end." }
        let name = Text.line(by.name ?? "")
        let reason = Text.line(by.reason ?? "", limit: 400)
        let kind = Text.line(by.kind, limit: 40)
        let actor: Sentence = name.isEmpty ? "a \(quoted: kind)" : "the \(quoted: kind) “\(quoted: name)”"
        let end: Sentence = reason.isEmpty ? "." : ": \(quoted: reason)"
        return "The run was stopped before its end by \(actor)\(end)"
    }

    private static func targetPoints(_ run: RunJournal) -> [(icon: Icon, text: Sentence)] {
        guard !run.targets.isEmpty else { return [] }
        let open = run.openTargets
        guard open.isEmpty else {
            let broken = open.filter { $0.outcome == .stillBroken }
            let unknown = open.filter { $0.outcome == nil }
            return [
                broken.isEmpty
                    ? nil
                    : (
                        .bad,
                        "Still broken: \(quoted: Text.few(broken.map(\.id), limit: 5)). “tocsin chaos recover” tries again."
                    ),
                unknown.isEmpty
                    ? nil
                    : (
                        .warning,
                        "Nobody knows what became of \(quoted: Text.few(unknown.map(\.id), limit: 5)): look at them."
                    ),
            ].compactMap { $0 }
        }
        let left = run.targets.count { $0.outcome == .left }
        let restored = run.targets.count - left
        if left == 0 {
            return [(.good, "Nothing is left broken: \(Text.counted(restored, "target")) put back or gone.")]
        }
        let others = restored == 0 ? "" : "; \(Text.count(restored)) put back or gone"
        return [(.skipped, "\(Text.counted(left, "target")) changed for good, as the experiment meant\(others).")]
    }

    private static func recoveryPoint(_ first: Deviation, all: [Deviation]) -> (icon: Icon, text: Sentence) {
        if all.last?.end == nil {
            return (.warning, "The steady state was not met again before the run ended.")
        }
        let times = all.compactMap(\.timeToRecovery)
        let longest = Text.duration(times.max())
        if times.count == 1 { return (.good, "The steady state was met again after \(longest).") }
        return (
            .good, "The steady state was met again each of \(Text.count(times.count)) times, after \(longest) at most."
        )
    }

    /// A warning for people; Chaos Toolkit's own message for a code that this report does not know.
    private static func plain(_ warning: RunWarning, _ run: RunJournal) -> Sentence {
        func names(_ records: [ActivityRecord]) -> String {
            Text.few(records.filter { $0.status == .failed }.map(\.name))
        }
        switch warning.code {
        case "dry-run":
            return "This was a dry run (without \(quoted: run.dry ?? "activities")): it says nothing about the system."
        case "no-steady-state-hypothesis": return "The experiment has no probes of a steady state: nothing was judged."
        case "method-activity-failed":
            return
                "Activities of the method failed, so the fault may not have been injected: \(quoted: names(run.method))."
        case "rollbacks-not-played":
            let (played, declared) = (Text.count(run.rollbacks.count), Text.count(run.declared.rollbacks))
            return "Only \(played) of \(declared) rollbacks were played: the system may not be as it was."
        case "rollback-failed":
            return "Rollbacks failed, the system may not be as it was: \(quoted: names(run.rollbacks))."
        default: return "\(quoted: Text.line(warning.message, limit: 400))"
        }
    }
}
