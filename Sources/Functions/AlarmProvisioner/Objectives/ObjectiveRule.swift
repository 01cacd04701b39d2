public import ServiceLevels

/// An objective whose budget is watched.
public struct ObjectiveRule: Sendable, Hashable {
    /// What is watched.
    public var objective: Objective
    /// Where it stands.
    public var origin: RuleOrigin
    /// How its alarms are written.
    public var style: ObjectiveStyle

    /// A rule.
    public init(objective: Objective, origin: RuleOrigin, style: ObjectiveStyle = .automatic) {
        self.objective = objective
        self.origin = origin
        self.style = style
    }
}

/// How the alarms of an objective are written.
public enum ObjectiveStyle: String, Sendable, CaseIterable {
    /// PromQL where the data allow, else metric math.
    case automatic = "auto"
    /// Two alarms with PromQL.
    case promQL = "promql"
    /// Metric math for each window, joined by composites.
    case metricMath = "math"
}
