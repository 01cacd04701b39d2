import Basics
import CloudWatchAlarms

/// An ``AlarmRule`` with everything that does not depend on the resource, worked out once.
struct CompiledRule: Sendable {
    let rule: AlarmRule
    let matcher: ResourceMatcher
    /// What is compared, and in which direction, for "the catalogue gives way"; nil for math and PromQL.
    let subject: Subject?
    let threshold: Threshold
    let name: PlaceholderText?
    let description: PlaceholderText?
    /// Tags of every alarm of the rule, without the resource's.
    let commonTags: [String: String]
    let tags: [(key: String, value: PlaceholderText)]
    let metrics: [(id: String, metric: CompiledMetric)]
    let expressions: [(id: String, text: PlaceholderText)]
    let promQL: PlaceholderText?
    /// `Errors`, or for math and PromQL the rule's name.
    let metricName: String
    /// Who gave another threshold than the rule, for explanations; nil when it is the rule's own.
    let thresholdSource: String?

    /// A threshold whose formula is read.
    enum Threshold: Sendable {
        case value(AlarmThreshold.Comparison, Double)
        case formula(AlarmThreshold.Comparison, FormulaExpression)
        case band(AlarmThreshold.BandComparison, Double)
    }

    /// A metric with its dimensions, and where it is watched from.
    struct Subject: Sendable, Hashable {
        var namespace: String
        var metric: String
        var dimensions: [String: TemplateDimension]
        var isUpper: Bool
    }

    /// - Throws: ``FormulaError`` for a formula that cannot be read.
    init(_ rule: AlarmRule, owner: String, thresholdSource: String? = nil) throws(FormulaError) {
        self.thresholdSource = thresholdSource
        let template = rule.template
        self.rule = rule
        matcher = ResourceMatcher(rule.match)
        threshold = try Self.threshold(template.threshold)
        name = template.name.map { PlaceholderText($0) }
        description = template.description.map { PlaceholderText($0) }
        tags = template.tags.sorted { $0.key < $1.key }.map { ($0.key, PlaceholderText($0.value)) }
        commonTags = [
            AlarmOptions.ownerTag: AlarmTagText.value(owner), AlarmOptions.ruleTag: AlarmTagText.value(rule.name),
            AlarmOptions.originTag: AlarmTagText.value(rule.origin.place),
            AlarmOptions.severityTag: AlarmTagText.value(rule.severity),
        ]
        switch template.data {
        case .metric(let metric):
            metrics = [("m1", CompiledMetric(metric))]
            (expressions, promQL, metricName) = ([], nil, metric.metric)
            subject = Subject(
                namespace: metric.namespace, metric: metric.metric, dimensions: metric.dimensions,
                isUpper: template.threshold.isUpper)
        case .math(let metrics, let expressions, _):
            self.metrics = metrics.sorted { $0.key < $1.key }.map { ($0.key, CompiledMetric($0.value)) }
            self.expressions = expressions.sorted { $0.key < $1.key }.map { ($0.key, PlaceholderText($0.value)) }
            (subject, promQL, metricName) = (nil, nil, rule.name)
        case .promQL(let query, _, _):
            (metrics, expressions, subject) = ([], [], nil)
            (promQL, metricName) = (PlaceholderText(query), rule.name)
        }
    }

    private static func threshold(_ threshold: TemplateThreshold) throws(FormulaError) -> Threshold {
        switch threshold {
        case .value(let comparison, let value): return .value(comparison, value)
        case .formula(let comparison, let formula):
            return .formula(comparison, try FormulaExpression(parsing: formula.text))
        case .band(let comparison, let width): return .band(comparison, width)
        }
    }
}

/// A metric of a template, with its dimensions sorted by where their values come from.
struct CompiledMetric: Sendable {
    let metric: TemplateMetric
    /// Names of the dimensions that the resource gives.
    let own: [String]
    let fixed: [(name: String, value: PlaceholderText)]
    let listed: [String]

    init(_ metric: TemplateMetric) {
        self.metric = metric
        var (own, fixed, listed): ([String], [(name: String, value: PlaceholderText)], [String]) = ([], [], [])
        for (name, dimension) in metric.dimensions.sorted(by: { $0.key < $1.key }) {
            switch dimension {
            case .resource: own.append(name)
            case .fixed(let text): fixed.append((name, PlaceholderText(text)))
            case .listed: listed.append(name)
            }
        }
        (self.own, self.fixed, self.listed) = (own, fixed, listed)
    }

    var name: MetricName { MetricName(namespace: metric.namespace, metric: metric.metric) }
}

extension TemplateThreshold {
    /// Whether high values breach.
    var isUpper: Bool {
        switch self {
        case .value(let comparison, _), .formula(let comparison, _):
            comparison == .greater || comparison == .greaterOrEqual
        case .band(let comparison, _): comparison != .below
        }
    }
}

extension RuleOrigin {
    /// The file without its folders, or the source: for tags, which must not change when a rule moves in its file.
    var place: String {
        guard let file else { return source.rawValue }
        return file.split(separator: "/").last.map(String.init) ?? file
    }

    /// Whose alarm stands when two rules make the same one; what is written for one resource counts most.
    var rank: Int {
        switch source {
        case .catalogue: 0
        case .original: 1
        case .rules, .log, .objective: 2
        case .tag: 3
        }
    }
}
