/// What must be known before rules can be expanded.
extension RuleSet {
    /// The metrics whose series the expansion needs.
    public var listedMetrics: Set<MetricName> {
        var names: Set<MetricName> = []
        for rule in rules {
            for metric in rule.template.data.metrics
            where rule.match.kinds.contains(.metric) || metric.dimensions.values.contains(.listed) {
                names.insert(MetricName(metric.namespace, metric.metric))
            }
        }
        return names
    }

    /// The kinds of resources that rules are for.
    public var watchedKinds: Set<ResourceKind> { rules.reduce(into: []) { $0.formUnion($1.match.kinds) } }
}

extension TemplateData {
    /// The metrics, in the order of their ids.
    var metrics: [TemplateMetric] {
        switch self {
        case .metric(let metric): [metric]
        case .math(let metrics, _, _): metrics.sorted { $0.key < $1.key }.map(\.value)
        case .promQL: []
        }
    }
}
