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

    /// The facts of resources that thresholds are made from.
    ///
    /// Others are left out, because some take a call for each of thousands of resources. Tags of resources need none:
    /// they change thresholds to numbers only.
    public var neededFacts: Set<Fact> {
        var facts: Set<Fact> = []
        for rule in rules {
            guard case .formula(_, let formula) = rule.template.threshold else { continue }
            facts.formUnion((try? FormulaExpression(parsing: formula.text))?.facts ?? [])
        }
        // Queues tell by the same call as their facts which others are for dead letters.
        let matches = rules.map(\.match) + windows.map(\.match)
        if matches.contains(where: { $0.attributes["dead_letter_queue"] != nil }) { facts.insert(.retentionSeconds) }
        return facts
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
