import Basics
import DurableExecution
import JSON

/// What the parts of one run share.
struct RunContext: Sendable {
    let experiment: Experiment
    let options: RunOptions
    /// The resolved configuration and secrets.
    let substitution: Substitution
    let providers: Providers
    let controls: Controls
    var interruption: Interruption
    /// Ends the method after the activity that runs, because the hypothesis failed meanwhile.
    let methodStop = DurableSignal()
    let gates: RunGates
    let time: TimeSource
    let events: RunEventSink

    /// Tells an event, unless the scope replays and it was told before.
    func tell(_ event: @autoclosure () -> RunEvent, _ scope: DurableScope) {
        if !scope.isReplaying { events(event()) }
    }

    /// Whether an activity that ends the run by an unforeseen error has the status `failed`.
    ///
    /// See ``StrictRule/unforeseenError``; in the rollbacks always, where Chaos Toolkit writes no journal at all.
    func failsUnforeseen(in place: RunEvent.Place) -> Bool { options.isStrict || place == .rollbacks }

    /// The name of the step that remembers that a run was interrupted.
    private static let interruptionStep = "interrupted"

    /// Throws when the run is to end.
    ///
    /// The decision is remembered, so that a replay of the run takes it at the same place.
    func checkInterruption(inBackground isBackground: Bool = false, _ scope: DurableScope) async throws {
        if gates.isOver, !scope.isReplaying {
            interruption.raise(Interruption.Reason(.lost, "another process has ended the run and put everything back"))
        }
        let isRaised = !scope.isReplaying && interruption.isRaised(forBackground: isBackground)
        guard isRaised || scope.isNext(Self.interruptionStep) else { return }
        let stored = try await scope.step(Self.interruptionStep) { [interruption] in
            let reason = interruption.reason ?? Interruption.Reason(.lost, "the process that ran it is gone")
            return [
                "kind": .string(reason.kind.rawValue), "name": reason.name.map { .string($0) } ?? nil,
                "text": .string(reason.text),
            ]
        }
        let kind = stored["kind"]?.stringValue.flatMap { Interruption.Reason.Kind(rawValue: $0) } ?? .lost
        let reason = Interruption.Reason(
            kind, name: stored["name"]?.stringValue, stored["text"]?.stringValue ?? "interrupted")
        interruption.raise(reason)
        throw ExperimentError(.interrupted, reason.text)
    }
}
