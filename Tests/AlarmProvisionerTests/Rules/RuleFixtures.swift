import Basics
import CloudWatchAlarms

@testable import AlarmProvisioner

/// Resources and rules that tests of rules share.
enum Fixture {
    static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    static let otherScope = AlarmScope(account: "123456789012", region: "us-east-1")

    static func function(
        _ name: String, tags: [String: String] = [:], facts: [Fact: Double] = [.timeoutMilliseconds: 3_000],
        scope: AlarmScope = scope
    ) -> WatchedResource {
        WatchedResource(
            kind: .lambdaFunction, scope: scope,
            id: "arn:aws:lambda:\(scope.region):\(scope.account):function:\(name)", name: name, tags: tags,
            dimensions: ["FunctionName": name], facts: facts, attributes: ["runtime": "provided.al2023"])
    }

    static func instance(
        _ id: String, tags: [String: String] = [:], scope: AlarmScope = scope, attributes: [String: String] = [:]
    ) -> WatchedResource {
        WatchedResource(
            kind: .ec2Instance, scope: scope, id: "arn:aws:ec2:\(scope.region):\(scope.account):instance/\(id)",
            name: id, tags: tags, dimensions: ["InstanceId": id], attributes: attributes)
    }

    static func errors(
        _ name: String = "lambda-errors", source: RuleOrigin.Source = .rules, threshold: TemplateThreshold? = nil,
        match: ResourceMatch = ResourceMatch(kinds: [.lambdaFunction]), alarmName: String? = nil, line: Int = 1
    ) -> AlarmRule {
        AlarmRule(
            name: name, origin: RuleOrigin(source, file: source == .rules ? "conf/rules.yaml" : nil, line: line),
            match: match,
            template: AlarmTemplate(
                name: alarmName, data: .metric(functionMetric("Errors", "Sum")),
                threshold: threshold ?? .value(.greater, 0), evaluationPeriods: 3))
    }

    static func functionMetric(_ metric: String, _ statistic: String) -> TemplateMetric {
        TemplateMetric(
            namespace: "AWS/Lambda", metric: metric, statistic: statistic, dimensions: ["FunctionName": .resource])
    }

    static func cpu(
        _ match: ResourceMatch = ResourceMatch(kinds: [.ec2Instance]), style: RuleStyle = .resource,
        statistic: String = "Average", threshold: TemplateThreshold = .value(.greater, 80), period: Int = 300,
        periods: Int = 3, missing: MissingData = .missing
    ) -> AlarmRule {
        AlarmRule(
            name: "cpu", origin: RuleOrigin(.rules, file: "rules.yaml", line: 4), match: match,
            template: AlarmTemplate(
                data: .metric(
                    TemplateMetric(
                        namespace: "AWS/EC2", metric: "CPUUtilization", statistic: statistic,
                        dimensions: ["InstanceId": .resource])),
                threshold: threshold, period: period, evaluationPeriods: periods, missingData: missing), style: style)
    }

    static func expand(
        _ rules: [AlarmRule], _ resources: [WatchedResource], options: AlarmOptions = AlarmOptions(),
        series: MetricSeriesIndex = MetricSeriesIndex(), context: RuleExpansion.Context = RuleExpansion.Context()
    ) -> DesiredAlarms {
        RuleExpansion.expand(
            RuleSet(rules: rules, options: options), over: DiscoveredResources(resources: resources), series: series,
            context: context)
    }
}

extension DesiredAlarms {
    var names: [String] { alarms.map(\.alarm.name).sorted() }
    var texts: [String] { notices.map(\.text) }

    func alarm(_ name: String) -> DesiredAlarm? { alarms.first { $0.alarm.name == name } }
}

extension DesiredAlarm {
    var metricCondition: MetricCondition? {
        if case .metric(let condition) = alarm.condition { condition } else { nil }
    }

    var statistic: MetricStatistic? {
        if case .metric(let metric)? = metricCondition?.data { metric } else { nil }
    }

    var number: Double? {
        if case .value(_, let number)? = metricCondition?.threshold { number } else { nil }
    }

    /// The query of a fleet alarm.
    var query: String? {
        guard case .queries(let queries)? = metricCondition?.data, let first = queries.first,
            case .expression(let text, _) = first.source
        else { return nil }
        return text
    }
}

extension Fixture {
    /// Reads one file of rules, or several.
    static func rules(
        _ texts: String..., catalogue: [String] = [], objectives: RuleFile.ObjectiveReader = RuleFile.noObjectives
    ) throws(ProvisionerError) -> RuleSet {
        let files = texts.enumerated().map { index, text in
            RuleFile.Source(name: index == 0 ? "rules.yaml" : "more\(index).yaml", bytes: Array(text.utf8))
        }
        let entries = catalogue.map { errors($0, source: .catalogue) }
        return try RuleFile.read(
            files, catalogue: RuleFile.Catalogue(names: catalogue) { _ in entries }, readObjectives: objectives)
    }

    /// What the reader says of files that are wrong; empty when they are not.
    static func faults(_ texts: String..., catalogue: [String] = []) -> String {
        let files = texts.enumerated().map { index, text in
            RuleFile.Source(name: index == 0 ? "rules.yaml" : "more\(index).yaml", bytes: Array(text.utf8))
        }
        do throws(ProvisionerError) {
            _ = try RuleFile.read(files, catalogue: RuleFile.Catalogue(names: catalogue) { _ in [] })
            return ""
        } catch { return error.message }
    }
}
