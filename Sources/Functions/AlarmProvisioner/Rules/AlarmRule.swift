public import CloudWatchAlarms

/// What makes alarms: a set of resources, and the alarm that each of them gets.
///
/// Every source of rules is read into this one model. The catalogue, tags, the original's file and our own rules file
/// make values of it; objectives make ``DesiredAlarm`` directly, since they watch metrics and not resources.
public struct AlarmRule: Sendable, Hashable {
    /// Unique among the rules of its source: `lambda-errors`.
    public var name: String
    /// Where the rule stands.
    public var origin: RuleOrigin
    /// Which resources it is for.
    public var match: ResourceMatch
    /// What each of them gets.
    public var template: AlarmTemplate
    /// One alarm for each resource, or one for all.
    public var style: RuleStyle
    /// Free text for tags and routing that also chooses the actions, such as `critical` or `warning`.
    public var severity: String

    /// A rule.
    public init(
        name: String, origin: RuleOrigin, match: ResourceMatch, template: AlarmTemplate, style: RuleStyle = .resource,
        severity: String = "warning"
    ) {
        self.name = name
        self.origin = origin
        self.match = match
        self.template = template
        self.style = style
        self.severity = severity
    }
}

/// Where a rule stands, for `explain` and for messages.
public struct RuleOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The six sources.
    public enum Source: String, Sendable, CaseIterable {
        /// A rules file of our own.
        case rules
        /// The catalogue of recommended alarms.
        case catalogue
        /// A tag `AutoAlarm-…` on the resource.
        case tag
        /// A file in the form of CloudwatchMonitoring.
        case original
        /// An SLO: of Sloth, OpenSLO, or in the short form.
        case objective
        /// A log or fleet rule that stands for itself.
        case log
    }

    /// Which of the six.
    public var source: Source
    /// The file, or nil where there is none.
    public var file: String?
    /// The line in the file, from 1.
    public var line: Int?

    /// An origin.
    public init(_ source: Source, file: String? = nil, line: Int? = nil) {
        self.source = source
        self.file = file
        self.line = line
    }

    /// `rules.yaml:12`, or the name of the source.
    public var description: String {
        guard let file else { return source.rawValue }
        return file + (line.map { ":\($0)" } ?? "")
    }
}

/// Which resources a rule is for: all that is given must match.
public struct ResourceMatch: Sendable, Hashable {
    /// Kinds of resources, any of them.
    public var kinds: Set<ResourceKind>
    /// Globs for the values of tags, any of each list; a `*` alone asks that the tag is there.
    public var tags: [String: [String]]
    /// Tags that must not be there with one of these values.
    public var withoutTags: [String: [String]]
    /// Globs for the name or the tag `Name`.
    public var names: [String]
    /// Globs for accounts and regions.
    public var accounts: [String]
    /// Globs for regions, such as `eu-*`.
    public var regions: [String]
    /// Globs for ``WatchedResource/attributes``: `["engine": ["aurora*"]]`.
    public var attributes: [String: [String]]

    /// A match; without lists every resource of these kinds.
    public init(
        kinds: Set<ResourceKind>, tags: [String: [String]] = [:], withoutTags: [String: [String]] = [:],
        names: [String] = [], accounts: [String] = [], regions: [String] = [], attributes: [String: [String]] = [:]
    ) {
        self.kinds = kinds
        self.tags = tags
        self.withoutTags = withoutTags
        self.names = names
        self.accounts = accounts
        self.regions = regions
        self.attributes = attributes
    }
}

/// How many alarms a rule makes.
public enum RuleStyle: Sendable, Hashable {
    /// One for each resource.
    case resource
    /// One Metrics Insights alarm for each value of a tag, or one for all; needs resource tags on telemetry for a tag.
    case fleet(groupByTag: String?)
}

/// The alarm that a rule makes of a resource.
///
/// In texts `{name}`, `{kind}`, `{metric}`, `{rule}`, `{region}`, `{account}`, `{severity}`, `{tag:KEY}` and
/// `{dimension:NAME}` stand for the resource's own.
public struct AlarmTemplate: Sendable, Hashable {
    /// The alarm's name; nil for the common form, `<prefix>-<rule>-<resource>`, made short and unique.
    public var name: String?
    /// The description; nil for one that says what is compared, on what and why.
    public var description: String?
    /// What is compared.
    public var data: TemplateData
    /// With what it is compared.
    public var threshold: TemplateThreshold
    /// In seconds: 10, 20, 30 or a multiple of 60; for PromQL the interval of evaluations.
    public var period: Int
    /// N of "M out of N", from 1.
    public var evaluationPeriods: Int
    /// M of "M out of N", from 1 to N.
    public var datapointsToAlarm: Int
    /// What a period without data counts as.
    public var missingData: MissingData
    /// Of a percentile with too few samples: whether it is evaluated all the same.
    public var evaluatesFewSamples: Bool
    /// What happens just after the alarm was made; nil for nothing special.
    public var warmUp: AlarmWarmUp?
    /// Where periods begin; nil for CloudWatch's default, sliding windows.
    public var window: EvaluationWindow?
    /// Actions by state; nil for those that are configured for the severity.
    public var actions: AlarmActions?
    /// More tags of the alarm, whose values may have placeholders.
    public var tags: [String: String]

    /// A template.
    public init(
        name: String? = nil, description: String? = nil, data: TemplateData, threshold: TemplateThreshold,
        period: Int = 60, evaluationPeriods: Int = 1, datapointsToAlarm: Int? = nil,
        missingData: MissingData = .missing, evaluatesFewSamples: Bool = true, warmUp: AlarmWarmUp? = nil,
        window: EvaluationWindow? = nil, actions: AlarmActions? = nil, tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.data = data
        self.threshold = threshold
        self.period = period
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm ?? evaluationPeriods
        self.missingData = missingData
        self.evaluatesFewSamples = evaluatesFewSamples
        self.warmUp = warmUp
        self.window = window
        self.actions = actions
        self.tags = tags
    }
}

/// What a template compares.
public enum TemplateData: Sendable, Hashable {
    /// A metric of the resource.
    case metric(TemplateMetric)
    /// Metrics by id and math over them; `returned` is the id of the expression that is compared.
    case math(metrics: [String: TemplateMetric], expressions: [String: String], returned: String)
    /// PromQL, with placeholders.
    case promQL(String, pendingSeconds: Int, recoverySeconds: Int)
}

/// A metric of a resource.
public struct TemplateMetric: Sendable, Hashable {
    /// Such as `AWS/Lambda`.
    public var namespace: String
    /// Such as `Errors`.
    public var metric: String
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or an extended one such as `p99.9`.
    public var statistic: String
    /// Only data of this unit count; nil for all.
    public var unit: String?
    /// The dimensions, by name.
    public var dimensions: [String: TemplateDimension]

    /// A metric.
    public init(
        namespace: String, metric: String, statistic: String, unit: String? = nil,
        dimensions: [String: TemplateDimension]
    ) {
        self.namespace = namespace
        self.metric = metric
        self.statistic = statistic
        self.unit = unit
        self.dimensions = dimensions
    }
}

/// Where a dimension's value comes from.
public enum TemplateDimension: Sendable, Hashable {
    /// ``WatchedResource/dimensions`` under the same name.
    case resource
    /// This text.
    case fixed(String)
    /// Every value that `ListMetrics` finds beside the other dimensions: one alarm for each, such as the disks of an
    /// instance.
    case listed
}

/// With what a template compares.
public enum TemplateThreshold: Sendable, Hashable {
    /// A number.
    case value(AlarmThreshold.Comparison, Double)
    /// A formula over the resource's facts, such as `0.9 * timeout_ms`.
    case formula(AlarmThreshold.Comparison, ThresholdFormula)
    /// An anomaly band this many standard deviations wide.
    case band(AlarmThreshold.BandComparison, width: Double)
}
