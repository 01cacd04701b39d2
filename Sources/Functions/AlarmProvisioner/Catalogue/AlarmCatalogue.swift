import Basics
import CloudWatchAlarms

/// The alarms that are recommended for each kind of resource: AWS's own list, and what it leaves out.
///
/// AWS's list is the page Best_Practice_Recommended_Alarms_AWS_Services of CloudWatch's guide; docs/alarm-catalogue.md
/// shows all entries, and Tools/alarm-catalogue has the list that tests compare them with.
public enum AlarmCatalogue {
    /// Every entry, by service.
    public static let entries: [CatalogueEntry] = [
        compute, storage, containers, containerInsights, relationalDatabases, otherDatabases, messaging, streams,
        network,
        interfaces, tocsin,
    ].flatMap { $0 }

    /// The entry of this name, for `explain`: its ``CatalogueEntry/reason``.
    public static func entry(named name: String) -> CatalogueEntry? { positions[name].map { entries[$0] } }

    private static let positions = Dictionary(
        entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kinds of resources that entries are for.
    public static var kinds: Set<ResourceKind> { Set(entries.map(\.kind)) }

    /// The rules that somebody has chosen: defaults, those that are included by name, and those that get a threshold.
    ///
    /// An entry without a threshold needs one in the choice's settings. All other settings, and what is excluded, are
    /// left to ``CatalogueChoice/applied(to:)``.
    public static func rules(_ choice: CatalogueChoice = CatalogueChoice()) -> [AlarmRule] {
        let included = choice.included.map { MatchPattern($0) }
        return entries.compactMap { entry in
            if let kinds = choice.kinds, !kinds.contains(entry.kind) { return nil }
            let given = choice.settings.last { $0.names == entry.name && $0.settings.threshold != nil }
            guard entry.isDefault || given != nil || included.matches(entry.name) else { return nil }
            return entry.rule(threshold: given?.settings.threshold?.ofTemplate(entry.threshold.comparison))
        }
    }
}

extension RuleFile.Catalogue {
    /// The catalogue of recommended alarms.
    public static let recommended = Self(names: AlarmCatalogue.entries.map(\.name)) { AlarmCatalogue.rules($0) }
}

extension RuleSettings.Threshold {
    /// A number gets the entry's comparison.
    fileprivate func ofTemplate(_ comparison: AlarmThreshold.Comparison) -> TemplateThreshold {
        switch self {
        case .number(let number): .value(comparison, number)
        case .comparison(let threshold): threshold
        }
    }
}

// MARK: - How tables are written

extension AlarmCatalogue {
    /// Rows of one kind and namespace.
    /// - Parameter dimensions: names with commas between. `Stage*` takes every value that `ListMetrics` finds,
    ///   `Region=Global` a fixed one; others are the resource's. Of ``ResourceKind/metric`` all are listed.
    static func table(_ kind: ResourceKind, _ namespace: String, _ dimensions: String, _ rows: [Row])
        -> [CatalogueEntry]
    {
        let common = templateDimensions(dimensions, kind)
        return rows.map { row in
            let own = row.dimensions.map { templateDimensions($0, kind) } ?? common
            return CatalogueEntry(
                name: row.name,
                match: ResourceMatch(kinds: [kind], names: row.names, attributes: row.attributes),
                data: row.source.data(namespace, own), threshold: row.threshold, period: row.times.seconds,
                evaluationPeriods: row.times.evaluated, datapointsToAlarm: row.times.breaching,
                missingData: row.missing, severity: row.severity, reason: row.reason, isDefault: row.isDefault)
        }
    }

    private static func templateDimensions(_ text: String, _ kind: ResourceKind) -> [String: TemplateDimension] {
        var dimensions: [String: TemplateDimension] = [:]
        for part in text.split(separator: ",") {
            if part.hasSuffix("*") {
                dimensions[String(part.dropLast())] = .listed
            } else if let sign = part.firstIndex(of: "=") {
                dimensions[String(part[..<sign])] = .fixed(String(part[part.index(after: sign)...]))
            } else {
                dimensions[String(part)] = kind == .metric ? .listed : .resource
            }
        }
        return dimensions
    }

    /// One entry as its table has it.
    struct Row {
        fileprivate let name: String
        fileprivate let source: Source
        fileprivate let threshold: CatalogueThreshold
        fileprivate let times: Times
        fileprivate let missing: MissingData
        fileprivate let severity: CatalogueEntry.Severity
        fileprivate let dimensions: String?
        fileprivate let names: [String]
        fileprivate let attributes: [String: [String]]
        fileprivate let isDefault: Bool
        fileprivate let reason: String

        /// A row.
        /// - Parameters:
        ///   - dimensions: other ones than the table's.
        ///   - attributes: of the resources that have the metric.
        ///   - isDefault: without a threshold it never is one.
        init(
            _ name: String, _ source: Source, _ threshold: CatalogueThreshold, _ times: Times,
            _ missing: MissingData = .missing, _ severity: CatalogueEntry.Severity = .warning,
            by dimensions: String? = nil, named names: [String] = [], where attributes: [String: [String]] = [:],
            isDefault: Bool = true, why reason: String
        ) {
            self.name = name
            self.source = source
            self.threshold = threshold
            self.times = times
            self.missing = missing
            self.severity = severity
            self.dimensions = dimensions
            self.names = names
            self.attributes = attributes
            if case .unknown = threshold { self.isDefault = false } else { self.isDefault = isDefault }
            self.reason = reason
        }
    }

    /// What a row compares.
    enum Source {
        case statistic(String, String)
        /// One statistic of several metrics, by the letter that stands for each in the expression.
        case math(String, [String: String], String)

        static func average(_ metric: String) -> Self { .statistic("Average", metric) }
        static func sum(_ metric: String) -> Self { .statistic("Sum", metric) }
        static func minimum(_ metric: String) -> Self { .statistic("Minimum", metric) }
        static func maximum(_ metric: String) -> Self { .statistic("Maximum", metric) }
        static func count(_ metric: String) -> Self { .statistic("SampleCount", metric) }
        static func sums(_ metrics: [String: String], _ expression: String) -> Self {
            .math("Sum", metrics, expression)
        }
        static func averages(_ metrics: [String: String], _ expression: String) -> Self {
            .math("Average", metrics, expression)
        }
        static func p90(_ metric: String) -> Self { .statistic("p90", metric) }

        fileprivate func data(_ namespace: String, _ dimensions: [String: TemplateDimension]) -> TemplateData {
            switch self {
            case .statistic(let statistic, let metric):
                return .metric(
                    TemplateMetric(
                        namespace: namespace, metric: metric, statistic: statistic, dimensions: dimensions))
            case .math(let statistic, let metrics, let expression):
                let metrics = metrics.mapValues { metric in
                    TemplateMetric(namespace: namespace, metric: metric, statistic: statistic, dimensions: dimensions)
                }
                return .math(metrics: metrics, expressions: ["result": expression], returned: "result")
            }
        }
    }

    /// How many periods of what length breach: `5` is five of five minutes.
    struct Times: ExpressibleByIntegerLiteral {
        let breaching: Int
        let evaluated: Int
        let seconds: Int

        init(integerLiteral value: Int) { self.init(value, of: value, seconds: 60) }

        private init(_ breaching: Int, of evaluated: Int, seconds: Int) {
            self.breaching = breaching
            self.evaluated = evaluated
            self.seconds = seconds
        }

        /// M out of N minutes.
        static func of(_ breaching: Int, _ evaluated: Int) -> Self { Self(breaching, of: evaluated, seconds: 60) }

        /// N periods of another length, in seconds.
        static func times(_ count: Int, seconds: Int) -> Self { Self(count, of: count, seconds: seconds) }
    }
}
