/// How an experiment is run.
public struct RunOptions: Sendable {
    /// When the hypothesis is checked; its raw value is Chaos Toolkit's word.
    public enum HypothesisStrategy: String, Sendable, CaseIterable {
        case standard = "default"
        case beforeMethodOnly = "before-method-only"
        case afterMethodOnly = "after-method-only"
        case duringMethodOnly = "during-method-only"
        case continuously
        case skip

        /// A strategy by its word; Chaos Toolkit also takes its old misspelling `continously`.
        public init?(word: String) { self.init(rawValue: word == "continously" ? "continuously" : word) }

        var checksBefore: Bool { [.standard, .beforeMethodOnly, .continuously].contains(self) }
        var checksDuring: Bool { [.duringMethodOnly, .continuously].contains(self) }
        var checksAfter: Bool { [.standard, .afterMethodOnly, .continuously].contains(self) }
    }

    /// When the rollbacks are played; its raw value is Chaos Toolkit's word.
    public enum RollbackStrategy: String, Sendable, CaseIterable {
        /// Unless the run failed.
        case standard = "default"
        case always
        case never
        /// Only when the system deviated.
        case deviated
    }

    /// What a dry run leaves out; its raw value is Chaos Toolkit's word.
    public enum Dry: String, Sendable, CaseIterable {
        case probes
        case actions
        case activities
        /// The pauses only.
        case pause

        func skips(_ kind: Activity.Kind) -> Bool {
            switch self {
            case .probes: kind == .probe
            case .actions: kind == .action
            case .activities: true
            case .pause: false
            }
        }

        /// Whether tolerances are not looked at, because no probe runs.
        var skipsTolerances: Bool { self == .probes || self == .activities }
    }

    /// When the hypothesis is checked.
    public var hypothesis = HypothesisStrategy.standard
    /// When the rollbacks are played; nil for a word that Chaos Toolkit does not know, and then never plays them.
    public var rollbacks: RollbackStrategy? = .standard
    /// Whether an interrupted run plays its rollbacks under the strategy `default`.
    ///
    /// Chaos Toolkit does not, which leaves the system broken.
    public var rollsBackWhenInterrupted = true
    /// What a dry run leaves out; nil for a real run.
    public var dry: Dry?
    /// The time between two checks during the method.
    public var hypothesisFrequency = Duration.seconds(1)
    /// Whether the first deviation during the method ends it.
    public var failsFast = false
    /// Whether the sane behaviour takes the place of Chaos Toolkit's surprises.
    public var isStrict = false

    /// Chaos Toolkit's defaults.
    public init() {}
}
