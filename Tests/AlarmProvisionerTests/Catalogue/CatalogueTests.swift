import AlarmProvisioner
import Basics
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

    @Test("formulas can be read and name facts", arguments: AlarmCatalogue.entries)
    func formula(_ entry: CatalogueEntry) throws {
        guard case .formula(_, let formula) = entry.threshold else { return }
        #expect(throws: Never.self) { try ThresholdFormula(parsing: formula.text) }
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
        #expect(AlarmCatalogue.rules(CatalogueChoice(kinds: [kind])).isEmpty == (kind == .vpcEndpointService))
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

    @Test("a rules file chooses", arguments: Choice.all)
    func choice(_ choice: Choice) throws {
        let source = RuleFile.Source(name: "rules.yaml", bytes: Array(choice.file.utf8))
        let rules = try RuleFile.read([source], catalogue: .recommended).rules
        #expect(rules.first { $0.name == choice.name }?.template.threshold == choice.threshold)
    }

    struct Choice: Sendable {
        var name: String
        var file: String
        /// Nil when the rule is not made.
        var threshold: TemplateThreshold?

        init(_ name: String, _ file: String, _ threshold: TemplateThreshold?) {
            (self.name, self.file, self.threshold) = (name, file, threshold)
        }

        private static let aboveZero = TemplateThreshold.value(.greater, 0)

        static let all = [
            Self("lambda-errors", "catalogue: true", aboveZero),
            Self("lambda-errors", "catalogue: false", nil),
            Self("lambda-errors", "catalogue: {kinds: [lambda:function]}", aboveZero),
            Self("lambda-errors", "catalogue: {kinds: [sqs]}", nil),
            Self("lambda-errors", "catalogue: {exclude: [lambda-*]}", nil),
            Self("lambda-errors", "catalogue: {exclude: [sqs-*]}", aboveZero),
            Self("lambda-errors", "catalogue: {settings: {lambda-errors: {threshold: 5}}}", .value(.greater, 5)),
            Self(
                "lambda-errors", "catalogue: {exclude: [lambda-errors], settings: {lambda-errors: {threshold: 5}}}", nil
            ),
            Self(
                "lambda-duration", "catalogue: true", .formula(.greater, ThresholdFormula("0.9 * timeout_ms"))),
            Self(
                "lambda-duration", "catalogue: {settings: {lambda-duration: {threshold: 800}}}", .value(.greater, 800)),
            // Off, with a threshold of its own.
            Self("sqs-nothing-sent", "catalogue: true", nil),
            Self("sqs-nothing-sent", "catalogue: {include: [sqs-*]}", .value(.lessOrEqual, 0)),
            Self("sqs-nothing-sent", "catalogue: {include: [sqs-*], kinds: [sns]}", nil),
            Self(
                "sqs-nothing-sent", "catalogue: {settings: {sqs-nothing-sent: {threshold: 5}}}",
                .value(.lessOrEqual, 5)),
            Self("sqs-nothing-sent", "catalogue: {settings: {sqs-nothing-sent: {period: 5m}}}", nil),
            // What a glob says is not meant for each of many rows.
            Self("sqs-nothing-sent", "catalogue: {settings: {sqs-*: {threshold: 5}}}", nil),
            // Without a threshold there is no alarm, whoever asks for it.
            Self("rest-api-count", "catalogue: true", nil),
            Self("rest-api-count", "catalogue: {include: ['*']}", nil),
            Self("rest-api-count", "catalogue: {settings: {rest-api-count: {threshold: 10}}}", .value(.less, 10)),
        ]
    }

    @Test("a wrong name has a nearest one")
    func nearest() {
        let file = "catalogue: {exclude: [lambda-error]}"
        let error = #expect(throws: ProvisionerError.self) {
            try RuleFile.read([RuleFile.Source(name: "rules.yaml", bytes: Array(file.utf8))], catalogue: .recommended)
        }
        #expect(error?.message.contains("did you mean lambda-errors?") == true)
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
            Self(name: "cloudfront-5xx", obstacle: nil),
            Self(name: "rest-api-count", obstacle: "Metrics Insights does not see resources without data"),
            Self(name: "lambda-duration", obstacle: "every resource has a threshold of its own"),
            Self(name: "rest-api-latency", obstacle: "Metrics Insights has no p90"),
            Self(name: "alb-5xx", obstacle: "only a single metric can be queried"),
            Self(name: "rds-cpu", obstacle: "Metrics Insights does not see resources without data"),
            Self(name: "acm-expiry", obstacle: "Metrics Insights looks back no more than 3 h"),
            Self(name: "scheduler-dropped", obstacle: "there is only one series"),
        ]
    }
}
