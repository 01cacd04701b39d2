internal import Basics
internal import JSON

/// One check of the hypothesis: its probes up to the first whose tolerance was not met.
struct SteadyState: Sendable {
    /// When it was checked.
    enum Phase: String, Sendable {
        case before, during, after
    }

    let phase: Phase
    /// Whether the system was as it should be; nil when the journal does not tell.
    let isMet: Bool?
    let probes: [ActivityRecord]

    /// - Returns: nil for `null` and the like: the hypothesis was not checked then.
    init?(_ value: JSONValue?, _ phase: Phase, dry: String?) {
        guard let state = value?.objectValue, !state.isEmpty else { return nil }
        self.phase = phase
        isMet = state["steady_state_met"]?.boolValue
        probes = (state["probes"]?.arrayValue ?? []).map { ActivityRecord($0, dry: dry) }
    }

    /// Whether a probe could not be run, so that nobody knows about its tolerance.
    var hasProbeError: Bool { probes.contains { $0.status == .failed || $0.status == .aborted } }

    /// The start of its first probe.
    var start: Timestamp? { probes.lazy.compactMap(\.start).min() }
    /// The end of its last probe.
    var end: Timestamp? { probes.lazy.compactMap(\.end).max() }
}
