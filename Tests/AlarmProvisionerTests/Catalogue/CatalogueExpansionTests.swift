import AlarmProvisioner
import CloudWatchAlarms
import Testing

/// Every entry makes an alarm of a resource that has what it asks for, and its threshold is the one that is meant.
struct CatalogueExpansionTests {
    @Test("every entry makes one alarm with its settings", arguments: AlarmCatalogue.entries)
    func expansion(_ entry: CatalogueEntry) throws {
        let given = TemplateThreshold.value(entry.threshold.comparison, 7)
        let rule = try #require(entry.rule() ?? entry.rule(threshold: given))
        let desired = RuleExpansion.expand(
            RuleSet(rules: [rule]), over: DiscoveredResources(resources: [entry.sampleResource].compactMap(\.self)),
            series: entry.sampleSeries(of: rule))
        #expect(desired.notices.map(\.text) == [])
        try #require(desired.alarms.count == 1)
        let alarm = desired.alarms[0].alarm
        guard case .metric(let condition) = alarm.condition else {
            Issue.record("\(entry.name) makes \(alarm.condition)")
            return
        }
        #expect(condition.evaluationPeriods == entry.evaluationPeriods)
        #expect(condition.datapointsToAlarm == entry.datapointsToAlarm)
        #expect(condition.missingData == entry.missingData)
        #expect(condition.data.dimensions == entry.sampleDimensions)
        #expect(alarm.description.contains(entry.reason))
        #expect(alarm.name.utf16.count <= 255)
        #expect(alarm.tags["severity"] == entry.severity.rawValue)
    }

    @Test("a resource that is not meant gets no alarm", arguments: AlarmCatalogue.entries)
    func others(_ entry: CatalogueEntry) throws {
        guard let resource = entry.sampleResource, !entry.match.attributes.isEmpty || !entry.match.names.isEmpty else {
            return
        }
        let rule = try #require(entry.rule() ?? entry.rule(threshold: .value(.greater, 7)))
        let other = WatchedResource(
            kind: resource.kind, scope: resource.scope, id: resource.id, name: "other",
            dimensions: resource.dimensions, facts: resource.facts, attributes: ["engine": "none", "type": "none"])
        let desired = RuleExpansion.expand(
            RuleSet(rules: [rule]), over: DiscoveredResources(resources: [other]), series: entry.sampleSeries(of: rule))
        #expect(desired.alarms.isEmpty)
    }

    @Test("formulas give the thresholds that are meant", arguments: FormulaCase.all)
    func formula(_ example: FormulaCase) throws {
        let entry = try #require(AlarmCatalogue.entry(named: example.name))
        guard case .formula(_, let formula) = entry.threshold else {
            Issue.record("\(example.name) has no formula")
            return
        }
        let value = try formula.evaluated(example.facts).value
        #expect(abs(value - example.expected) < 1e-6 * max(1, abs(example.expected)))
    }

    @Test("each formula has an example")
    func allFormulas() {
        let formulas = AlarmCatalogue.entries.filter { !$0.facts.isEmpty }.map(\.name)
        #expect(Set(FormulaCase.all.map(\.name)) == Set(formulas))
    }

    struct FormulaCase: Sendable {
        var name: String
        var facts: [Fact: Double]
        var expected: Double

        init(_ name: String, _ facts: [Fact: Double], _ expected: Double) {
            (self.name, self.facts, self.expected) = (name, facts, expected)
        }

        private static let gibibyte = 1_073_741_824.0

        static let all = [
            Self("ec2-cpu-credits", [.processors: 2], 60),
            Self("asg-capacity", [.minimumSize: 3], 3),
            Self("eks-nodes", [.minimumSize: 3], 3),
            Self("lambda-duration", [.timeoutMilliseconds: 3_000], 2_700),
            Self("lambda-concurrency", [.accountConcurrency: 1_000], 900),
            Self("lambda-reserved-concurrency", [.reservedConcurrency: 10], 9),
            Self("lambda-account-concurrency", [.accountConcurrency: 1_000], 900),
            Self("rds-connections", [.maximumConnections: 1_000], 900),
            Self("rds-freeable-memory", [.memoryBytes: 16 * gibibyte], 1.6 * gibibyte),
            Self("aurora-freeable-memory", [.memoryBytes: 16 * gibibyte], 0.8 * gibibyte),
            Self("rds-free-storage-space", [.storageBytes: 100 * gibibyte], 10 * gibibyte),
            Self("rds-load", [.processors: 4], 4),
            Self("dynamodb-read-throttles", [.readCapacity: 5], 3),
            Self("dynamodb-write-throttles", [.writeCapacity: 100], 60),
            // Of AWS's own example: 45 % with two cores.
            Self("elasticache-cpu", [.processors: 2], 45),
            Self("sqs-message-age", [.retentionSeconds: 345_600], 172_800),
            // Ten time-outs from 90 s on, a quarter of an hour below.
            Self("sqs-messages-stuck", [.visibilityTimeoutSeconds: 30], 900),
            Self("sqs-messages-stuck", [.visibilityTimeoutSeconds: 90], 900),
            Self("sqs-messages-stuck", [.visibilityTimeoutSeconds: 91], 910),
            Self("sns-sms-spend", [.monthlyLimitDollars: 50], 40),
            Self("kinesis-iterator-age", [.retentionMilliseconds: 86_400_000], 43_200_000),
            Self("kinesis-fan-out-lag", [.retentionMilliseconds: 86_400_000], 43_200_000),
            // One target of one, two of any more; without targets the alarm never goes off.
            Self("alb-healthy-targets", [.registeredTargets: 0], 1),
            Self("alb-healthy-targets", [.registeredTargets: 1], 1),
            Self("alb-healthy-targets", [.registeredTargets: 2], 2),
            Self("alb-healthy-targets", [.registeredTargets: 20], 2),
            Self("nlb-healthy-targets", [.registeredTargets: 3], 2),
        ]
    }
}

extension CatalogueEntry {
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")

    private var metrics: [TemplateMetric] {
        switch data {
        case .metric(let metric): [metric]
        case .math(let metrics, _, _): Array(metrics.values)
        case .promQL: []
        }
    }

    /// The dimensions of the alarm that is expected of the sample.
    var sampleDimensions: [String: String] {
        (metrics.first?.dimensions ?? [:]).mapValues { dimension in
            switch dimension {
            case .resource: "own"
            case .listed: "found"
            case .fixed(let value): value
            }
        }
    }

    /// A resource with every fact, the dimensions that the entry takes of it, and others; nil for metrics.
    var sampleResource: WatchedResource? {
        guard kind != .metric else { return nil }
        func sample(_ globs: [String]) -> String { (globs.first ?? "sample").replacing("*", with: "x") }
        var dimensions = ["Other": "other"]
        for (name, dimension) in metrics.first?.dimensions ?? [:] where dimension == .resource {
            dimensions[name] = "own"
        }
        return WatchedResource(
            kind: kind, scope: Self.scope, id: "arn:sample", name: sample(match.names), dimensions: dimensions,
            facts: Dictionary(uniqueKeysWithValues: Fact.allCases.map { ($0, 10) }),
            attributes: match.attributes.mapValues(sample))
    }

    /// What `ListMetrics` would find: the series of the sample, and of another resource.
    func sampleSeries(of rule: AlarmRule) -> MetricSeriesIndex {
        var index = MetricSeriesIndex()
        for name in RuleSet(rules: [rule]).listedMetrics {
            index.add(sampleDimensions, of: name, in: Self.scope)
            guard kind != .metric else { continue }
            index.add(sampleDimensions.mapValues { $0 == "own" ? "another" : $0 }, of: name, in: Self.scope)
            index.add(sampleDimensions.merging(["More": "more"]) { $1 }, of: name, in: Self.scope)
        }
        return index
    }
}

extension AlarmData {
    /// The dimensions of the first metric.
    fileprivate var dimensions: [String: String]? {
        switch self {
        case .metric(let metric): return metric.dimensions
        case .queries(let queries):
            for query in queries {
                if case .metric(let metric, _) = query.source { return metric.dimensions }
            }
            return nil
        }
    }
}
