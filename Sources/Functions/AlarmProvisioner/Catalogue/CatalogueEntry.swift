public import CloudWatchAlarms

/// One recommended alarm of the catalogue: what it watches, what it compares that with, and why.
public struct CatalogueEntry: Sendable, Hashable {
    /// Unique in the catalogue and stable, since names of alarms are made of it: `lambda-errors`.
    public var name: String
    /// Exactly one kind, and where the metric exists for some resources only, attributes or names.
    public var match: ResourceMatch
    /// The metric, or math over metrics.
    public var data: TemplateData
    /// With what values are compared.
    public var threshold: CatalogueThreshold
    /// In seconds.
    public var period: Int
    /// N of "M out of N".
    public var evaluationPeriods: Int
    /// M of "M out of N".
    public var datapointsToAlarm: Int
    /// What a period without data counts as.
    public var missingData: MissingData
    /// Chooses the actions, as ``AlarmRule/severity`` does.
    public var severity: Severity
    /// What it means when the alarm goes off, and where the threshold comes from: one line for people.
    public var reason: String
    /// Whether the alarm is made unless settings say otherwise.
    public var isDefault: Bool

    /// How bad it is when the alarm goes off.
    public enum Severity: String, Sendable, CaseIterable {
        /// Users notice it now, or data are being lost.
        case critical
        /// It becomes critical when nobody acts.
        case warning
    }

    /// The kind of resource that it is for.
    public var kind: ResourceKind { match.kinds.first ?? .metric }

    /// What a resource must tell about itself; one that does not gets no alarm of this entry.
    public var facts: Set<Fact> {
        guard case .formula(_, let formula) = threshold else { return [] }
        return Set((try? FormulaExpression(parsing: formula.text))?.facts ?? [])
    }

    /// Why one alarm of Metrics Insights cannot stand for those of all resources; nil when it can.
    public var fleetObstacle: String? {
        guard let rule = rule(threshold: .value(threshold.comparison, 0)), facts.isEmpty else {
            return "every resource has a threshold of its own"
        }
        return (try? CompiledRule(rule, owner: "")).flatMap(FleetAlarms.obstacle)
    }

    /// The rule of this entry.
    /// - Parameter given: in place of the entry's own threshold.
    /// - Returns: nil where neither the entry has a threshold nor one is given.
    public func rule(threshold given: TemplateThreshold? = nil) -> AlarmRule? {
        guard let threshold = given ?? threshold.ofTemplate else { return nil }
        return AlarmRule(
            name: name, origin: RuleOrigin(.catalogue), match: match,
            template: AlarmTemplate(
                description: "{name}: \(reason)", data: data, threshold: threshold, period: period,
                evaluationPeriods: evaluationPeriods, datapointsToAlarm: datapointsToAlarm, missingData: missingData),
            severity: severity.rawValue)
    }
}

/// With what an entry compares.
public enum CatalogueThreshold: Sendable, Hashable {
    /// A number.
    case value(AlarmThreshold.Comparison, Double)
    /// A formula over facts of the resource.
    case formula(AlarmThreshold.Comparison, ThresholdFormula)
    /// Nobody knows a number without knowing the traffic: settings must give one.
    case unknown(AlarmThreshold.Comparison)

    /// How values are compared.
    public var comparison: AlarmThreshold.Comparison {
        switch self {
        case .value(let comparison, _), .formula(let comparison, _), .unknown(let comparison): comparison
        }
    }

    /// The same in a template; nil where there is no number.
    fileprivate var ofTemplate: TemplateThreshold? {
        switch self {
        case .value(let comparison, let value): .value(comparison, value)
        case .formula(let comparison, let formula): .formula(comparison, formula)
        case .unknown: nil
        }
    }

    static func above(_ value: Double) -> Self { .value(.greater, value) }
    static func above(_ formula: String) -> Self { .formula(.greater, ThresholdFormula(formula)) }
    static func atLeast(_ value: Double) -> Self { .value(.greaterOrEqual, value) }
    static func atLeast(_ formula: String) -> Self { .formula(.greaterOrEqual, ThresholdFormula(formula)) }
    static func below(_ value: Double) -> Self { .value(.less, value) }
    static func below(_ formula: String) -> Self { .formula(.less, ThresholdFormula(formula)) }
    static func atMost(_ value: Double) -> Self { .value(.lessOrEqual, value) }
}
