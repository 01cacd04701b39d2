import Basics
import CloudWatchAlarms

/// What one alarm is made of: a rule, a resource, and what was worked out for them.
struct AlarmParts {
    let compiled: CompiledRule
    let resource: WatchedResource
    /// Of each metric, in the order of ``CompiledRule/metrics``.
    let dimensions: [[String: String]]
    let threshold: AlarmThreshold
    /// Why the threshold is what it is.
    let explanation: String

    private var template: AlarmTemplate { compiled.rule.template }

    // MARK: Placeholders

    /// What a placeholder stands for in this alarm; nothing for a tag or a dimension that is not there.
    func value(_ placeholder: PlaceholderText.Placeholder) -> String {
        if case .dimension(let name) = placeholder, let value = dimensions.first?[name] { return value }
        return Self.value(placeholder, compiled, resource)
    }

    static func value(
        _ placeholder: PlaceholderText.Placeholder, _ compiled: CompiledRule, _ resource: WatchedResource
    ) -> String {
        switch placeholder {
        case .name: resource.displayName
        case .kind: resource.kind.rawValue
        case .metric: compiled.metricName
        case .rule: compiled.rule.name
        case .region: resource.scope.region
        case .account: resource.scope.account
        case .severity: compiled.rule.severity
        case .tag(let key): resource.tags[key] ?? ""
        case .dimension(let name): resource.dimensions[name] ?? ""
        }
    }

    // MARK: Texts

    /// The template's name, or `<prefix>-<rule>-<resource>` and the listed dimensions.
    func name(prefix: String) -> String {
        if let name = compiled.name { return AlarmName.valid(name.text(value)) }
        var parts = [prefix, compiled.rule.name, resource.name]
        if resource.kind != .metric {
            for (index, member) in compiled.metrics.enumerated() where !member.metric.listed.isEmpty {
                parts += member.metric.listed.map { dimensions[index][$0] ?? "" }
                break
            }
        }
        return AlarmName.common(parts)
    }

    /// What is compared, why, and which rule says so; at most 1,024 characters.
    var description: String {
        let rule = compiled.rule
        guard let own = compiled.description?.text(value) else {
            return (comparison + " Rule \(rule.name), \(rule.origin.place).").cut(utf16: Self.descriptionLimit)
        }
        // The catalogue's texts say what it means, those of files are the whole description.
        let text = rule.origin.source == .catalogue ? "\(own) \(comparison)" : own
        return text.cut(utf16: Self.descriptionLimit)
    }

    static let descriptionLimit = 1_024

    private var comparison: String {
        var text = "\(subject) of \(resource.kind.rawValue) \(resource.displayName)"
        if let listed, !listed.isEmpty { text += " (\(listed))" }
        switch threshold {
        case .value(let comparison, let value):
            text += " is \(comparison.words) \(value.grouped)"
        case .band(let comparison, _): text += " is \(comparison.words) \(explanation)"
        }
        if case .promQL(_, let pending, _) = template.data {
            return "The query of rule \(compiled.rule.name) gives \(resource.displayName) for "
                + "\(Duration.seconds(pending).text)."
        }
        text += times
        if case .formula = compiled.threshold { text += ", where \(explanation)" }
        if let source = compiled.thresholdSource { text += ", a threshold of \(source)" }
        text += "."
        if template.missingData == .breaching { text += " Periods without data count as breaching." }
        return text
    }

    private var subject: String {
        guard case .metric(let metric) = template.data else { return "The expression of rule \(compiled.rule.name)" }
        return Self.statisticWords(metric.statistic) + " of " + metric.metric
    }

    /// ` in 3 of 5 periods of 1 m`.
    private var times: String {
        let period = Duration.seconds(template.period).text
        if template.evaluationPeriods == 1 { return " over \(period)" }
        return " in \(template.datapointsToAlarm) of \(template.evaluationPeriods) periods of \(period)"
    }

    private var listed: String? {
        guard resource.kind != .metric, let index = compiled.metrics.firstIndex(where: { !$0.metric.listed.isEmpty })
        else { return nil }
        return compiled.metrics[index].metric.listed.map { "\($0) \(dimensions[index][$0] ?? "")" }
            .joined(separator: ", ")
    }

    static func statisticWords(_ statistic: String) -> String {
        switch statistic {
        case "Average": "The average"
        case "Sum": "The sum"
        case "Minimum": "The minimum"
        case "Maximum": "The maximum"
        case "SampleCount": "The number of samples"
        default: "The \(statistic)"
        }
    }

    // MARK: Condition

    var condition: AlarmCondition {
        switch template.data {
        case .metric(let metric):
            guard case .band = threshold else {
                return .metric(condition(.metric(statistic(metric, dimensions[0]))))
            }
            return .metric(condition(.queries(band(over: metric))))
        case .math(_, _, let returned):
            return .metric(condition(.queries(queries(returned: returned))))
        case .promQL(_, let pending, let recovery):
            let query = compiled.promQL?.text(value) {
                $0.replacingBytes("\\", with: "\\\\").replacingBytes("\"", with: "\\\"")
            }
            return .promQL(
                PromQLCondition(
                    query: query ?? "", pendingSeconds: pending, recoverySeconds: recovery, interval: template.period))
        }
    }

    private func condition(_ data: AlarmData) -> MetricCondition {
        MetricCondition(
            data: data, threshold: threshold, evaluationPeriods: template.evaluationPeriods,
            datapointsToAlarm: template.datapointsToAlarm, missingData: template.missingData,
            evaluatesFewSamples: template.evaluatesFewSamples, warmUp: template.warmUp, window: template.window)
    }

    private func statistic(_ metric: TemplateMetric, _ dimensions: [String: String]) -> MetricStatistic {
        MetricStatistic(
            namespace: metric.namespace, metric: metric.metric, dimensions: dimensions, statistic: metric.statistic,
            period: template.period, unit: metric.unit)
    }

    /// The metric and the band around it; CloudWatch wants both to return data.
    private func band(over metric: TemplateMetric) -> [MetricQuery] {
        guard case .band(_, let width) = compiled.threshold else { return [] }
        return [
            MetricQuery(id: "m1", source: .metric(statistic(metric, dimensions[0]), account: nil), returnsData: true),
            bandQuery(around: "m1", width),
        ]
    }

    private func bandQuery(around id: String, _ width: Double) -> MetricQuery {
        let number = width == width.rounded() && width < 1e6 ? "\(Int(width))" : "\(width)"
        return MetricQuery(
            id: AlarmBuilder.bandID, source: .expression("ANOMALY_DETECTION_BAND(\(id), \(number))", period: nil),
            returnsData: true)
    }

    private func queries(returned: String) -> [MetricQuery] {
        var queries: [MetricQuery] = []
        for (index, member) in compiled.metrics.enumerated() {
            queries.append(
                MetricQuery(
                    id: member.id, source: .metric(statistic(member.metric.metric, dimensions[index]), account: nil),
                    returnsData: member.id == returned))
        }
        for (id, text) in compiled.expressions {
            queries.append(
                MetricQuery(
                    id: id, source: .expression(text.text(value), period: nil), returnsData: id == returned))
        }
        if case .band(_, let width) = compiled.threshold { queries.append(bandQuery(around: returned, width)) }
        return queries
    }
}

extension AlarmThreshold.Comparison {
    /// For people: `above`.
    var words: String {
        switch self {
        case .greater: "above"
        case .greaterOrEqual: "at least"
        case .less: "below"
        case .lessOrEqual: "at most"
        }
    }
}

extension AlarmThreshold.BandComparison {
    /// For people: `above`.
    var words: String {
        switch self {
        case .outside: "outside"
        case .above: "above"
        case .below: "below"
        }
    }
}
