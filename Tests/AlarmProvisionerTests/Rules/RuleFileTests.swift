import Basics
import CloudWatchAlarms
import Configuration
import Foundation
import TestSupport
import Testing

@testable import AlarmProvisioner

@Suite struct RuleFileTests {
    // MARK: A rule

    private func rule(_ settings: String) throws -> AlarmRule {
        let text = "rules:\n  - {name: r, for: \"lambda:function\", \(settings)}"
        return try #require(try Fixture.rules(text).rules.first)
    }

    @Test func defaultsOfARule() throws {
        let rule = try rule("metric: Errors, stat: Sum, threshold: \"> 0\"")
        #expect(
            rule
                == AlarmRule(
                    name: "r", origin: RuleOrigin(.rules, file: "rules.yaml", line: 2),
                    match: ResourceMatch(kinds: [.lambdaFunction]),
                    template: AlarmTemplate(
                        data: .metric(Fixture.functionMetric("Errors", "Sum")), threshold: .value(.greater, 0))))
    }

    @Test(arguments: [
        ("few-samples: ignore", false), ("few-samples: evaluate", true),
    ])
    func fewSamples(_ text: String, _ expected: Bool) throws {
        let template = try rule("metric: Errors, stat: Sum, threshold: \"> 0\", \(text)").template
        #expect(template.evaluatesFewSamples == expected)
    }

    @Test func settingsOfARule() throws {
        let template = try rule(
            """
            metric: Duration, stat: p99.9, unit: Milliseconds, threshold: "> 0.9 * timeout_ms", datapoints: 3 of 5,
            period: 5m, missing: notBreaching, warm-up: 10m, wall-clock: "+05:30", tags: {a: "{name}"},
            alarm-name: "{name}!", description: d, actions: {alarm: "arn:aws:sns:r:a:t", ok: ["arn:aws:sns:r:a:u"]}
            """
        ).template
        #expect(template.threshold == .formula(.greater, ThresholdFormula("0.9 * timeout_ms")))
        #expect(template.evaluationPeriods == 5)
        #expect(template.datapointsToAlarm == 3)
        #expect(template.period == 300)
        #expect(template.missingData == .notBreaching)
        #expect(template.warmUp == AlarmWarmUp(minutes: 10))
        #expect(template.window == .wallClock(timeZone: "+05:30"))
        #expect(template.tags == ["a": "{name}"])
        #expect(template.name == "{name}!")
        #expect(template.description == "d")
        #expect(template.actions == AlarmActions(alarm: ["arn:aws:sns:r:a:t"], ok: ["arn:aws:sns:r:a:u"]))
        guard case .metric(let metric) = template.data else {
            Issue.record("no metric")
            return
        }
        #expect(metric.statistic == "p99.9")
        #expect(metric.unit == "Milliseconds")
    }

    @Test(arguments: [
        ("anomaly: 2", TemplateThreshold.band(.outside, width: 2)), ("anomaly: {when: above}", .band(.above, width: 2)),
        ("anomaly: {when: below, width: 3.5}", .band(.below, width: 3.5)), ("threshold: \"< 5%\"", .value(.less, 5)),
    ])
    func thresholds(_ text: String, _ expected: TemplateThreshold) throws {
        #expect(try rule("metric: Errors, stat: Sum, \(text)").template.threshold == expected)
    }

    @Test func dimensionsOfOtherNamespaces() throws {
        let rule = try rule(
            """
            namespace: X, metric: M, stat: Sum, threshold: \"> 0\", dimensions: {FunctionName: , path: \"*\", v: \
            \"1\"}
            """
        )
        #expect(
            rule.template.data
                == .metric(
                    TemplateMetric(
                        namespace: "X", metric: "M", statistic: "Sum",
                        dimensions: ["FunctionName": .resource, "path": .listed, "v": .fixed("1")])))
    }

    @Test func mathAndPromQL() throws {
        let math = try rule(
            "math: 100 * e / i, stat: Sum, metrics: {e: {metric: Errors}, i: {metric: Invocations, stat: Average}}, "
                + "threshold: \"> 5\"")
        #expect(
            math.template.data
                == .math(
                    metrics: [
                        "e": Fixture.functionMetric("Errors", "Sum"),
                        "i": Fixture.functionMetric("Invocations", "Average"),
                    ], expressions: ["result": "100 * e / i"], returned: "result"))
        let promQL = try rule("promql: up == 0, pending: 5m, period: 30s")
        #expect(promQL.template.data == .promQL("up == 0", pendingSeconds: 300, recoverySeconds: 0))
        #expect(promQL.template.period == 30)
    }

    @Test(arguments: [
        ("style: fleet", RuleStyle.fleet(groupByTag: nil)),
        ("style: fleet, group-by: tag:team", .fleet(groupByTag: "team")),
        ("style: fleet, group-by: team", .fleet(groupByTag: "team")), ("style: resource", .resource),
    ])
    func styles(_ text: String, _ expected: RuleStyle) throws {
        #expect(try rule("metric: Errors, stat: Sum, threshold: \"> 0\", \(text)").style == expected)
    }

    // MARK: Several files

    @Test func severalFilesAreOneSet() throws {
        let rules = try Fixture.rules(
            "owner: me\nrules: [{name: a, for: sqs, metric: E, stat: Sum, threshold: \"> 1\"}]",
            "prefix: p\nrules: [{name: b, for: sns, metric: E, stat: Sum, threshold: \"> 1\"}]")
        #expect(rules.rules.map(\.name) == ["a", "b"])
        #expect(rules.rules.map { $0.origin.description } == ["rules.yaml:2", "more1.yaml:2"])
        #expect(rules.options.owner == "me")
        #expect(rules.options.prefix == "p")
    }

    @Test func duplicatesAreToldOf() {
        let rule = "{name: a, for: sqs, metric: E, stat: Sum, threshold: \"> 1\"}"
        #expect(
            Fixture.faults("owner: x\nrules: [\(rule), \(rule)]", "owner: y\nalarms: [{name: a, when: TRUE}]") == """
                3 faults in the rules:
                rules.yaml, line 2: rules[1](a).name: there is another rule a in rules.yaml, line 2: rename one of them
                more1.yaml, line 1: owner: it is set in rules.yaml, line 1 as well: leave one of them out
                more1.yaml, line 2: alarms[0](a).name: there is another rule a in rules.yaml, line 2: rename one of them
                """)
    }

    // MARK: Options

    @Test func options() throws {
        let options = try Fixture.rules(
            """
            owner: me
            prefix: p
            topics: {critical: [arn:aws:sns:r:a:1, arn:aws:sns:r:a:2], default: arn:aws:sns:r:a:3}
            recovery: false
            copy-tags: team
            propagate-tags: {except: [a]}
            grace: 2h
            max-delete: 10%
            auto-alarm-tags: false
            """
        ).options
        #expect(
            options
                == AlarmOptions(
                    owner: "me", prefix: "p",
                    topics: ["critical": ["arn:aws:sns:r:a:1", "arn:aws:sns:r:a:2"], "": ["arn:aws:sns:r:a:3"]],
                    notifiesRecovery: false, readsAutoAlarmTags: false, copiedTags: ["team"],
                    propagatedTags: .except(["a"]), gracePeriod: .seconds(7_200), maximumDeletedPercent: 10))
    }

    @Test(arguments: [
        ("all", TagPropagation.all), ("[a, b]", .only(["a", "b"])), ("a", .only(["a"])), ("true", .all), ("false", nil),
    ])
    func propagation(_ text: String, _ expected: TagPropagation?) throws {
        #expect(try Fixture.rules("propagate-tags: \(text)").options.propagatedTags == expected)
    }

    // MARK: Catalogue

    @Test(arguments: [
        ("owner: x", []), ("catalogue: {}", ["lambda-errors", "lambda-throttles", "sqs-age"]),
        ("catalogue: on", ["lambda-errors", "lambda-throttles", "sqs-age"]), ("catalogue: off", []),
        ("catalogue: {enabled: false}", []), ("catalogue: {exclude: \"lambda-*\"}", ["sqs-age"]),
        ("catalogue: {kinds: sqs}", []),
        ("catalogue: {kinds: \"lambda:*\", exclude: [sqs-age]}", ["lambda-errors", "lambda-throttles"]),
    ])
    func theChosenRulesOfTheCatalogue(_ text: String, _ names: [String]) throws {
        let rules = try Fixture.rules(text, catalogue: ["lambda-errors", "lambda-throttles", "sqs-age"])
        #expect(rules.rules.map(\.name) == names)
    }

    @Test func withoutFilesTheWholeCatalogue() throws {
        #expect(try Fixture.rules(catalogue: ["a", "b"]).rules.map(\.name) == ["a", "b"])
    }

    @Test func settingsOfTheCatalogue() throws {
        let rules = try Fixture.rules(
            """
            catalogue:
              settings:
                "lambda-*": {severity: critical, threshold: 5}
                lambda-errors: {threshold: ">= 7", datapoints: 2 of 4, period: 5m, stat: Maximum, missing: breaching}
            """, catalogue: ["lambda-errors", "lambda-throttles"]
        ).rules
        #expect(rules.map(\.severity) == ["critical", "critical"])
        #expect(rules.map(\.template.threshold) == [.value(.greaterOrEqual, 7), .value(.greater, 5)])
        #expect(rules.map(\.template.datapointsToAlarm) == [2, 3])
        #expect(rules.map(\.template.evaluationPeriods) == [4, 3])
        #expect(rules.map(\.template.period) == [300, 60])
        #expect(rules.map(\.template.missingData) == [.breaching, .missing])
        #expect(rules[0].template.data == .metric(Fixture.functionMetric("Errors", "Maximum")))
    }

    @Test func namesThatTheCatalogueDoesNotHave() {
        let text = """
            catalogue:
              exclude: [lamda-errors, "lambda-*", "x*"]
              settings:
                lambda-eror: {threshold: 5, sevrity: x}
            """
        #expect(
            Fixture.faults(text, catalogue: ["lambda-errors"]) == """
                4 faults in the rules:
                rules.yaml, line 2: catalogue.exclude[0]: the catalogue has no lamda-errors, did you mean lambda-errors?
                rules.yaml, line 2: catalogue.exclude[2]: the catalogue has no x*, `tocsin alarms rules` lists them
                rules.yaml, line 4: catalogue.settings.lambda-eror: the catalogue has no lambda-eror, did you mean \
                lambda-errors?
                rules.yaml, line 4: catalogue.settings.lambda-eror.sevrity: unknown key, did you mean severity?
                """)
    }

    @Test(arguments: [
        ("critcal", "critcal is no usual severity, did you mean critical?"), ("warnings", "did you mean warning?"),
        ("defaults", "did you mean default?"), ("pages", nil), ("critical", nil), ("default", nil),
    ])
    func aSlipInASeverity(_ severity: String, _ fault: String?) throws {
        let text = "topics: {\(severity): \"arn:aws:sns:eu-central-1:123456789012:t\"}"
        guard let fault else {
            #expect(try Fixture.rules(text).options.topics.count == 1)
            return
        }
        let error = #expect(throws: ProvisionerError.self) { try Fixture.rules(text) }
        #expect(error?.message.contains("rules.yaml, line 1: topics.\(severity)") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(fault) == true, "\(error?.message ?? "")")
    }

    // MARK: Logs

    @Test(arguments: [
        (1, "rate(1 minute)"), (5, "rate(5 minutes)"), (60, "rate(1 hour)"), (90, "rate(90 minutes)"),
        (1_440, "rate(1 day)"),
    ])
    func rates(_ minutes: Int, _ expected: String) { #expect(AlarmRuleReader.rate(minutes: minutes) == expected) }

    // MARK: Objectives and the example

    @Test func objectivesGoToTheirReader() throws {
        var seen: [String] = []
        _ = try Fixture.rules("objectives: [{name: a}, {name: b}]") { elements, file in
            seen = elements.map { ($0.text("name") ?? "") + " in " + (file ?? "") }
            return []
        }
        #expect(seen == ["a in rules.yaml", "b in rules.yaml"])
    }

    @Test func theExampleIsRead() throws {
        let bytes = [UInt8](try Data(contentsOf: Workspace.root.appending(path: "docs/examples/alarm-rules.yaml")))
        let names = ["lambda-errors", "lambda-throttles", "ec2-attached-ebs"]
        let rules = try RuleFile.read(
            [RuleFile.Source(name: "alarm-rules.yaml", bytes: bytes)],
            catalogue: RuleFile.Catalogue(names: names) { choice in
                #expect(choice.kinds?.count == 9)
                return names.map { Fixture.errors($0, source: .catalogue) }
            })
        #expect(
            rules.rules.map(\.name) == [
                "lambda-slow", "payments-cpu", "disk-full", "error-share", "unusual-orders", "fleet-cpu",
                "pods-restart",
                "lambda-errors", "lambda-throttles",
            ])
        #expect(rules.composites.map(\.name) == ["functions-down"])
        #expect(rules.composites.first?.suppressor == .alarm("maintenance"))
        #expect(rules.logs.map(\.name) == ["payment-refused"])
        #expect(rules.logs.first?.condition.startOffset == 600)
        #expect(
            rules.windows.map(\.schedule) == ["cron(0 2 * * SUN,SAT)", "at(2026-12-24T20:00)", "cron(0 22 28-31 * *)"])
        #expect(rules.listedMetrics == [MetricName("CWAgent", "disk_used_percent")])
        #expect(rules.options.owner == "shop")
    }
}
