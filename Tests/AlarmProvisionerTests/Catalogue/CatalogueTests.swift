import AlarmProvisioner
import CloudWatchAlarms
import Testing

/// What holds for every entry of the catalogue, and which rules it gives.
struct CatalogueTests {
    // MARK: Every entry

    @Test("names are unique")
    func uniqueNames() {
        let names = AlarmCatalogue.entries.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("entries are well formed", arguments: AlarmCatalogue.entries)
    func entry(_ entry: CatalogueEntry) {
        #expect(entry.name.allSatisfy { $0 == "-" || $0.isLowercase || $0.isNumber })
        #expect(entry.match.kinds.count == 1)
        #expect((1...entry.evaluationPeriods).contains(entry.datapointsToAlarm))
        #expect(entry.period % 60 == 0)
        // PutMetricAlarm takes a day at most, a week from periods of an hour on.
        #expect(entry.period * entry.evaluationPeriods <= (entry.period < 3_600 ? 86_400 : 604_800))
        #expect(entry.reason.hasSuffix(".") || entry.reason.hasSuffix("?"))
        #expect(entry.reason.utf8.count <= 200)
        // A brace would be a placeholder of the description.
        #expect(!entry.reason.contains("{"))
        if case .unknown = entry.threshold { #expect(!entry.isDefault) }
    }

    @Test("what is off says why", arguments: AlarmCatalogue.entries.filter { !$0.isDefault })
    func whyOff(_ entry: CatalogueEntry) {
        if case .unknown = entry.threshold { return }
        #expect(entry.reason.contains("Off: "))
    }

    @Test("formulas have facts and nothing else that is named", arguments: AlarmCatalogue.entries)
    func formula(_ entry: CatalogueEntry) {
        guard case .formula(_, let formula) = entry.threshold else { return }
        let words = formula.text.split { $0 != "_" && !$0.isLetter }.map(String.init)
        let unknown = words.filter { Fact(rawValue: $0) == nil && !["min", "max"].contains($0) }
        #expect(unknown.isEmpty)
        #expect(!entry.facts.isEmpty)
    }

    @Test("math uses each of its metrics, and only these", arguments: AlarmCatalogue.entries)
    func math(_ entry: CatalogueEntry) throws {
        guard case .math(let metrics, let expressions, let returned) = entry.data else { return }
        let text = try #require(expressions[returned])
        // Functions are in capitals.
        let ids = Set(text.split { !$0.isLetter }.filter { $0.first?.isLowercase == true }.map(String.init))
        #expect(ids == Set(metrics.keys))
        #expect(Set(metrics.values.map(\.dimensions)).count == 1)
    }

    @Test("a metric that nothing else tells of has only listed dimensions", arguments: AlarmCatalogue.entries)
    func listed(_ entry: CatalogueEntry) {
        guard entry.kind == .metric, case .metric(let metric) = entry.data else { return }
        #expect(metric.dimensions.values.allSatisfy { $0 == .listed })
    }

    @Test("alarms of DynamoDB always ignore missing data, so the entries say it")
    func dynamoDB() {
        let policies = AlarmCatalogue.entries.filter { $0.name.hasPrefix("dynamodb-") }.map(\.missingData)
        #expect(policies.count == 15)
        #expect(policies.allSatisfy { $0 == .ignore })
    }

    @Test("every kind of resource has alarms", arguments: ResourceKind.allCases)
    func kinds(_ kind: ResourceKind) {
        #expect(AlarmCatalogue.kinds.contains(kind))
        #expect(AlarmCatalogue.rules(kinds: [kind]).isEmpty == (kind == .vpcEndpointService))
    }

    // MARK: Which rules it gives

    @Test("defaults are made, and nothing else")
    func defaults() {
        let names = AlarmCatalogue.rules().map(\.name)
        #expect(names == AlarmCatalogue.entries.filter(\.isDefault).map(\.name))
    }

    @Test("rules come from the catalogue and name the resource in their description")
    func origin() throws {
        let rule = try #require(AlarmCatalogue.entry(named: "lambda-errors")?.rule())
        #expect(rule.origin == RuleOrigin(.catalogue))
        #expect(rule.template.description?.hasPrefix("{name}: Invocations fail") == true)
        #expect(rule.severity == "critical")
        #expect(rule.match == ResourceMatch(kinds: [.lambdaFunction]))
    }

    @Test("entries are chosen", arguments: Choice.all)
    func choice(_ choice: Choice) {
        let rules = AlarmCatalogue.rules(
            kinds: choice.kinds, including: choice.including, excluding: choice.excluding, settings: choice.settings)
        #expect(rules.contains { $0.name == choice.name } == choice.isMade)
    }

    struct Choice: Sendable {
        var name: String
        var kinds: Set<ResourceKind>?
        var including: [String] = []
        var excluding: [String] = []
        var settings: [String: CatalogueSettings] = [:]
        var isMade: Bool

        static let all = [
            Self(name: "lambda-errors", kinds: [.lambdaFunction], isMade: true),
            Self(name: "lambda-errors", kinds: [.queue], isMade: false),
            Self(name: "lambda-errors", kinds: [], isMade: false),
            Self(name: "lambda-errors", excluding: ["lambda-*"], isMade: false),
            Self(name: "lambda-errors", excluding: ["sqs-*"], isMade: true),
            Self(
                name: "lambda-errors", excluding: ["lambda-errors"],
                settings: ["lambda-errors": CatalogueSettings(isEnabled: true)], isMade: false),
            Self(
                name: "lambda-errors", settings: ["lambda-errors": CatalogueSettings(isEnabled: false)], isMade: false),
            // Off, with a threshold of its own.
            Self(name: "sqs-nothing-sent", isMade: false),
            Self(name: "sqs-nothing-sent", including: ["sqs-*"], isMade: true),
            Self(
                name: "sqs-nothing-sent", including: ["sqs-*"],
                settings: ["sqs-nothing-sent": CatalogueSettings(isEnabled: false)], isMade: false),
            Self(
                name: "sqs-nothing-sent", settings: ["sqs-nothing-sent": CatalogueSettings(isEnabled: true)],
                isMade: true),
            Self(
                name: "sqs-nothing-sent", settings: ["sqs-nothing-sent": CatalogueSettings(threshold: .value(5))],
                isMade: true),
            Self(
                name: "sqs-nothing-sent", settings: ["sqs-nothing-sent": CatalogueSettings(period: 300)],
                isMade: false),
            // Without a threshold there is no alarm, whoever asks for it.
            Self(name: "rest-api-count", including: ["*"], isMade: false),
            Self(
                name: "rest-api-count", settings: ["rest-api-count": CatalogueSettings(isEnabled: true)],
                isMade: false),
            Self(
                name: "rest-api-count", settings: ["rest-api-count": CatalogueSettings(threshold: .value(10))],
                isMade: true),
        ]
    }

    // MARK: Settings

    @Test("settings give thresholds with the entry's comparison", arguments: ThresholdCase.all)
    func threshold(_ example: ThresholdCase) throws {
        let entry = try #require(AlarmCatalogue.entry(named: example.name))
        #expect(entry.rule(CatalogueSettings(threshold: example.setting))?.template.threshold == example.expected)
    }

    struct ThresholdCase: Sendable {
        var name: String
        var setting: CatalogueSettings.Threshold?
        var expected: TemplateThreshold?

        static let all = [
            Self(name: "lambda-errors", setting: nil, expected: .value(.greater, 0)),
            Self(name: "lambda-errors", setting: .value(5), expected: .value(.greater, 5)),
            Self(name: "lambda-errors", setting: .band(width: 2), expected: .band(.above, width: 2)),
            Self(
                name: "lambda-duration", setting: nil,
                expected: .formula(.greater, ThresholdFormula("0.9 * timeout_ms"))),
            Self(
                name: "lambda-duration", setting: .formula(ThresholdFormula("0.5 * timeout_ms")),
                expected: .formula(.greater, ThresholdFormula("0.5 * timeout_ms"))),
            Self(name: "lambda-duration", setting: .value(800), expected: .value(.greater, 800)),
            Self(name: "rest-api-count", setting: nil, expected: nil),
            Self(name: "rest-api-count", setting: .value(10), expected: .value(.less, 10)),
            Self(name: "rest-api-count", setting: .band(width: 3), expected: .band(.below, width: 3)),
            Self(name: "lambda-throttles", setting: .band(width: 2), expected: .band(.above, width: 2)),
            Self(name: "efs-burst-credits", setting: .band(width: 2), expected: .band(.below, width: 2)),
        ]
    }

    @Test("settings change periods; M is N unless it is given, too", arguments: PeriodCase.all)
    func periods(_ example: PeriodCase) throws {
        let template = try #require(AlarmCatalogue.entry(named: example.name)?.rule(example.settings)).template
        #expect(template.datapointsToAlarm == example.datapoints)
        #expect(template.evaluationPeriods == example.periods)
    }

    struct PeriodCase: Sendable {
        var name: String
        var settings: CatalogueSettings
        var datapoints: Int
        var periods: Int

        static let all = [
            Self(name: "eks-pods-pending", settings: CatalogueSettings(), datapoints: 8, periods: 10),
            Self(
                name: "eks-pods-pending", settings: CatalogueSettings(datapointsToAlarm: 4),
                datapoints: 4, periods: 10),
            Self(
                name: "eks-pods-pending", settings: CatalogueSettings(datapointsToAlarm: 11), datapoints: 10,
                periods: 10),
            Self(
                name: "eks-pods-pending", settings: CatalogueSettings(evaluationPeriods: 5), datapoints: 5, periods: 5),
            Self(
                name: "eks-pods-pending", settings: CatalogueSettings(evaluationPeriods: 5, datapointsToAlarm: 2),
                datapoints: 2, periods: 5),
        ]
    }

    @Test("settings change the rest")
    func otherSettings() throws {
        let settings = CatalogueSettings(
            period: 300, missingData: .breaching, severity: "page", namespace: "Monitoring/Uptime/staging",
            labels: ["team"], style: .fleet(groupByTag: nil))
        let rule = try #require(AlarmCatalogue.entry(named: "uptime-down")?.rule(settings))
        #expect(rule.template.period == 300)
        #expect(rule.template.missingData == .breaching)
        #expect(rule.severity == "page")
        #expect(rule.style == .fleet(groupByTag: nil))
        let expected = TemplateMetric(
            namespace: "Monitoring/Uptime/staging", metric: "success", statistic: "Maximum",
            dimensions: ["name": .listed, "region": .listed, "team": .listed])
        #expect(rule.template.data == .metric(expected))
    }

    @Test("labels are for metrics only; another namespace is for all metrics of math")
    func otherNamespace() throws {
        let settings = CatalogueSettings(namespace: "Copy", labels: ["team"])
        let data = try #require(AlarmCatalogue.entry(named: "alb-target-5xx")?.rule(settings)).template.data
        guard case .math(let metrics, _, _) = data else {
            Issue.record("\(data) is no math")
            return
        }
        #expect(metrics.values.map(\.namespace) == ["Copy", "Copy"])
        #expect(metrics.values.allSatisfy { $0.dimensions == ["LoadBalancer": .resource] })
    }

    @Test(
        "a wrong name has a nearest one",
        arguments: [("lambda-error", "lambda-errors"), ("rds-cpus", "rds-cpu"), ("entirely-different", nil)])
    func nearest(_ name: String, _ expected: String?) {
        #expect(AlarmCatalogue.nearest(to: name) == expected)
    }

    // MARK: Fleets

    @Test("one alarm can stand for all where it may", arguments: FleetCase.all)
    func fleet(_ example: FleetCase) throws {
        let entry = try #require(AlarmCatalogue.entry(named: example.name))
        #expect(entry.fleetObstacle == example.obstacle)
    }

    struct FleetCase: Sendable {
        var name: String
        var obstacle: String?

        static let all = [
            Self(name: "lambda-errors", obstacle: nil),
            Self(name: "ec2-cpu", obstacle: nil),
            Self(name: "s3-5xx", obstacle: nil),
            Self(name: "rest-api-count", obstacle: "Metrics Insights does not see resources without data"),
            Self(name: "lambda-duration", obstacle: "every resource has a threshold of its own"),
            Self(name: "rest-api-latency", obstacle: "Metrics Insights has no p90"),
            Self(name: "alb-5xx", obstacle: "it is math over several metrics"),
            Self(name: "rds-cpu", obstacle: "Metrics Insights does not see resources without data"),
            Self(name: "scheduler-dropped", obstacle: "there is one metric only"),
            Self(name: "sqs-dead-letters", obstacle: "it is for some resources of the kind only"),
            Self(name: "elasticache-engine-cpu", obstacle: "it is for some resources of the kind only"),
        ]
    }
}
