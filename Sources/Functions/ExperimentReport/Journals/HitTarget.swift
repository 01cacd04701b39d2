internal import JSON

/// Something that an experiment changed, and what has become of it.
///
/// Tocsin's engine writes these to the journal under `tocsin.targets`; journals of Chaos Toolkit have none.
struct HitTarget: Sendable {
    /// What became of it, the worst first.
    enum Outcome: String, Sendable, CaseIterable {
        /// It could not be put back: somebody has to look.
        case stillBroken = "still-broken"
        /// It was changed for good, as the experiment meant: there is no undo.
        case left
        /// It is gone, so there is nothing to put back.
        case nothingLeft = "nothing-left"
        /// It is as it was before.
        case restored

        /// For people.
        var words: String {
            switch self {
            case .stillBroken: "still broken"
            case .left: "left as it is"
            case .nothingLeft: "nothing left to restore"
            case .restored: "restored"
            }
        }
    }

    let activity: String
    let kind: String
    let id: String
    let region: String
    /// How it was before; nil when that is not known.
    let before: JSONValue?
    /// Nil when the journal does not say one of the four: a run that has not ended, or a damaged journal.
    let outcome: Outcome?
    let reason: String

    init(_ value: JSONValue) {
        activity = Text.line(value["activity"])
        kind = Text.line(value["kind"], limit: 60)
        id = Text.line(value["id"], limit: 300)
        region = Text.line(value["region"], limit: 40)
        before = value["before"].withoutNull
        outcome = value["outcome"]?.stringValue.flatMap(Outcome.init)
        reason = Text.line(value["reason"], limit: 400)
    }

    /// The outcome for people.
    var words: String { outcome?.words ?? "not known" }
    /// Whether somebody has to look after it.
    var isOpen: Bool { outcome == .stillBroken || outcome == nil }
}
