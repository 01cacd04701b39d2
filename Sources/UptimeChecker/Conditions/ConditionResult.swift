/// How one condition turned out.
struct ConditionResult: Sendable, Hashable {
    /// The condition as Gatus shows it: `[STATUS] (500) == 200` when it failed.
    var text: String
    /// Whether it holds.
    var isMet: Bool
}
