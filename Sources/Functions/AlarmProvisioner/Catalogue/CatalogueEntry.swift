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
        return Set(
            formula.text.split { $0 != "_" && !$0.isLetter && !$0.isNumber }.compactMap { Fact(rawValue: String($0)) })
    }

    /// Why one alarm of Metrics Insights cannot stand for those of all resources; nil when it can.
    ///
    /// Such an alarm has one threshold, sees only series with data, and no more than the last three hours of them.
    public var fleetObstacle: String? {
        guard case .metric(let metric) = data else { return "it is math over several metrics" }
        if case .formula = threshold { return "every resource has a threshold of its own" }
        if metric.dimensions.isEmpty { return "there is one metric only" }
        if !Self.fleetStatistics.contains(metric.statistic) { return "Metrics Insights has no \(metric.statistic)" }
        if missingData == .breaching { return "Metrics Insights does not see resources without data" }
        if period * evaluationPeriods > 3 * 3_600 { return "Metrics Insights looks back no more than three hours" }
        if !match.names.isEmpty || !match.attributes.isEmpty { return "it is for some resources of the kind only" }
        return nil
    }

    private static let fleetStatistics: Set<String> = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"]

    /// The rule of this entry.
    /// - Returns: nil where neither the entry nor the settings have a threshold.
    public func rule(_ settings: CatalogueSettings = CatalogueSettings()) -> AlarmRule? {
        guard let threshold = settings.threshold(instead: threshold) else { return nil }
        let periods = settings.evaluationPeriods ?? evaluationPeriods
        let points = settings.datapointsToAlarm ?? (settings.evaluationPeriods == nil ? datapointsToAlarm : periods)
        return AlarmRule(
            name: name, origin: RuleOrigin(.catalogue), match: match,
            template: AlarmTemplate(
                description: "{name}: \(reason)",
                data: data.changed(namespace: settings.namespace, labels: kind == .metric ? settings.labels : []),
                threshold: threshold, period: settings.period ?? period, evaluationPeriods: periods,
                datapointsToAlarm: min(points, periods), missingData: settings.missingData ?? missingData),
            style: settings.style ?? .resource,
            severity: settings.severity ?? severity.rawValue)
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

    static func above(_ value: Double) -> Self { .value(.greater, value) }
    static func above(_ formula: String) -> Self { .formula(.greater, ThresholdFormula(formula)) }
    static func atLeast(_ value: Double) -> Self { .value(.greaterOrEqual, value) }
    static func atLeast(_ formula: String) -> Self { .formula(.greaterOrEqual, ThresholdFormula(formula)) }
    static func below(_ value: Double) -> Self { .value(.less, value) }
    static func below(_ formula: String) -> Self { .formula(.less, ThresholdFormula(formula)) }
    static func atMost(_ value: Double) -> Self { .value(.lessOrEqual, value) }
}

/// What a rules file changes about an entry of the catalogue; nil leaves the entry's own.
public struct CatalogueSettings: Sendable, Hashable {
    /// Whether the alarm is made; nil for yes when the entry is a default or has a threshold here.
    public var isEnabled: Bool?
    /// A number or a formula, with the entry's comparison.
    public var threshold: Threshold?
    /// In seconds.
    public var period: Int?
    /// N of "M out of N"; M becomes the same unless it is given, too.
    public var evaluationPeriods: Int?
    /// M of "M out of N", at most N.
    public var datapointsToAlarm: Int?
    /// What a period without data counts as.
    public var missingData: MissingData?
    /// Any text, since it only chooses the actions.
    public var severity: String?
    /// Another namespace, such as `Monitoring/Uptime/staging` for Tocsin's own metrics.
    public var namespace: String?
    /// More dimensions of an entry for ``ResourceKind/metric``, such as the labels that endpoints have in
    /// uptime-checker's configuration: CloudWatch knows a metric only by all of its dimensions.
    public var labels: [String]
    /// One alarm for each resource, or for all; ``CatalogueEntry/fleetObstacle`` tells where the latter cannot be.
    public var style: RuleStyle?

    /// What stands in place of an entry's threshold.
    public enum Threshold: Sendable, Hashable {
        case value(Double)
        case formula(ThresholdFormula)
        /// An anomaly band this many standard deviations wide, open on the side that the entry does not watch.
        case band(width: Double)
    }

    /// Settings.
    public init(
        isEnabled: Bool? = nil, threshold: Threshold? = nil, period: Int? = nil, evaluationPeriods: Int? = nil,
        datapointsToAlarm: Int? = nil, missingData: MissingData? = nil, severity: String? = nil,
        namespace: String? = nil, labels: [String] = [], style: RuleStyle? = nil
    ) {
        self.isEnabled = isEnabled
        self.threshold = threshold
        self.period = period
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm
        self.missingData = missingData
        self.severity = severity
        self.namespace = namespace
        self.labels = labels
        self.style = style
    }

    fileprivate func threshold(instead entry: CatalogueThreshold) -> TemplateThreshold? {
        let comparison = entry.comparison
        switch (threshold, entry) {
        case (.value(let value), _), (nil, .value(_, let value)): return .value(comparison, value)
        case (.formula(let formula), _), (nil, .formula(_, let formula)): return .formula(comparison, formula)
        case (.band(let width), _):
            let isUpper = comparison == .greater || comparison == .greaterOrEqual
            return .band(isUpper ? .above : .below, width: width)
        case (nil, .unknown): return nil
        }
    }
}

extension TemplateData {
    /// The same metrics in another namespace and with more dimensions.
    fileprivate func changed(namespace: String?, labels: [String]) -> Self {
        guard namespace != nil || !labels.isEmpty else { return self }
        func changed(_ metric: TemplateMetric) -> TemplateMetric {
            var metric = metric
            metric.namespace = namespace ?? metric.namespace
            for label in labels { metric.dimensions[label] = .listed }
            return metric
        }
        return switch self {
        case .metric(let metric): .metric(changed(metric))
        case .math(let metrics, let expressions, let returned):
            .math(metrics: metrics.mapValues(changed), expressions: expressions, returned: returned)
        case .promQL: self
        }
    }
}
