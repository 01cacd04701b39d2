import Basics
import CloudWatchAlarms
import Configuration
import Foundation
import TestSupport
import Testing

@testable import AlarmProvisioner

@Suite struct RuleFileTests {
    /// Reads one file, or several.
    private func read(
        _ texts: String..., catalogue: [String] = [], objectives: RuleFile.ObjectiveReader = RuleFile.noObjectives
    ) throws(ProvisionerError) -> RuleSet {
        let files = texts.enumerated().map { index, text in
            RuleFile.Source(name: index == 0 ? "rules.yaml" : "more\(index).yaml", bytes: Array(text.utf8))
        }
        let entries = catalogue.map { Fixture.errors($0, source: .catalogue) }
        return try RuleFile.read(
            files, catalogue: RuleFile.Catalogue(names: catalogue) { _ in entries }, readObjectives: objectives)
    }

    private func message(_ texts: String..., catalogue: [String] = []) -> String {
        let files = texts.enumerated().map { index, text in
            RuleFile.Source(name: index == 0 ? "rules.yaml" : "more\(index).yaml", bytes: Array(text.utf8))
        }
        do throws(ProvisionerError) {
            _ = try RuleFile.read(files, catalogue: RuleFile.Catalogue(names: catalogue) { _ in [] })
            return ""
        } catch { return error.message }
    }

    // MARK: A rule

    private func rule(_ settings: String) throws -> AlarmRule {
        let text = "rules:\n  - {name: r, for: \"lambda:function\", \(settings)}"
        return try #require(try read(text).rules.first)
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

    // MARK: Faults

    @Test(arguments: [
        (
            "metric: Errors, stat: Sum",
            "threshold is not set, expected a comparison, such as \"> 80\" or \"> 0.9 * timeout_ms\""
        ),
        (
            "metric: Errors, threshold: \"> 1\"",
            """
            stat is not set, expected Average, Sum, Minimum, Maximum, SampleCount, a percentile such as p99.9, or \
            another extended one such as tm90
            """
        ),
        ("metric: E, stat: Sums, threshold: \"> 1\"", "stat: there is no statistic Sums, did you mean Sum?"),
        ("metric: E, stat: avg, threshold: \"> 1\"", "stat: there is no statistic avg, did you mean Average?"),
        (
            "metric: E, stat: Sum, threshold: \"> timeout\"",
            "threshold: \"> timeout\": character 3: there is no fact timeout, did you mean timeout_ms?"
        ),
        (
            "metric: E, stat: Sum, threshold: 80",
            """
            threshold: \"80\": character 1: expected >, >=, < or <= and a number or a formula, such as > 80 or > 0.9 \
            * timeout_ms
            """
        ),
        (
            "metric: E, stat: Sum, treshold: \"> 1\"",
            """
            threshold is not set, expected a comparison, such as \"> 80\" or \"> 0.9 * timeout_ms\"\nrules.yaml, \
            line 2: rules[0](r).treshold: unknown key, did you mean threshold?
            """
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 5 of 3",
            """
            datapoints is \"5 of 3\", expected how many of how many periods must breach, such as 3 of 5, or 3 for 3 \
            of 3
            """
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", period: 45s",
            "period is \"45s\", expected 10s, 20s, 30s or whole minutes up to 24h, such as 1m or 5m"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", missing: never",
            "missing is \"never\", expected one of missing, ignore, breaching, notBreaching"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 25, period: 59m",
            "datapoints: 25 periods of 59 m are 24 h 35 m: CloudWatch looks back 24 h with such periods"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 169, period: 1h",
            "datapoints: 169 periods of 1 h are 7 d 1 h: CloudWatch looks back 7 d with such periods"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", anomaly: 2",
            "threshold is \"> 1\", expected nothing, since anomaly sets a band"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", warm-up: 90s",
            "warm-up is \"90s\", expected whole minutes, such as 10m"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", warm-up: 49h",
            "warm-up is \"49h\", expected whole seconds from 1 m to 2 d"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", wall-clock: Europe/Berln",
            "wall-clock is \"Europe/Berln\", expected an IANA name such as Europe/Berlin, or an offset such as +05:30"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", alarm-name: \"{nam}\"",
            "alarm-name: there is no {nam}, did you mean {name}?"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", group-by: team",
            "group-by is \"team\", expected nothing without style: fleet"
        ),
        ("metric: E, stat: Sum, threshold: \"> 1\", style: flet", "style is \"flet\", expected one of resource, fleet"),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", actions: {alarm: topic}",
            "actions.alarm is \"topic\", expected an ARN, such as arn:aws:sns:{region}:{account}:alarms"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", tags: {\"aws:x\": y}",
            "tags.aws:x: AWS reserves tags that begin with aws:"
        ),
        (
            "metric: E, namespace: X, stat: Sum, threshold: \"> 1\"",
            "dimensions is not set, expected the names of the dimensions, since metrics of X differ for lambda:function"
        ),
        (
            "metric: E, stat: Sum, math: m, threshold: \"> 1\"",
            "math is \"m\", expected exactly one of metric, math and promql"
        ),
        (
            "math: a + b, metrics: {a: {metric: E, stat: Sum}, c: {metric: F, stat: Sum}}, threshold: \"> 1\"",
            "metrics.c: the expression does not use it: a + b"
        ),
        (
            "math: 1 + A, metrics: {A: {metric: E, stat: Sum}}, threshold: \"> 1\"",
            "metrics.A: expected an id of a small letter and then letters, digits and _, such as errors"
        ),
        (
            "math: a / 2, metrics: {a: {metric: E, stat: Sum}}, threshold: \"> 1%\"",
            """
            threshold: \"> 1%\": character 4: % is unclear here: write the number that the expression gives, such as \
            1 or 0.01
            """
        ),
        (
            "promql: up == 0, threshold: \"> 1\"",
            "threshold is \"> 1\", expected nothing, since a PromQL query has its own comparison and pending its time"
        ),
        ("promql: up == 0, period: 2h", "period is \"2h\", expected at most 1h for PromQL"),
    ])
    func faultsOfARule(_ settings: String, _ fault: String) {
        let message = message("rules:\n  - {name: r, for: \"lambda:function\", \(settings)}")
        let body = message.hasPrefix("2 faults in the rules:\n") ? String(message.dropFirst(23)) : message
        #expect(body == "rules.yaml, line 2: rules[0](r).\(fault)")
    }

    @Test(arguments: [
        ("for: lambda:functions", "for is", "there is no kind lambda:functions, did you mean lambda:function?"),
        ("for: lambda", "for", "there is no kind lambda, did you mean lambda:function?"),
        ("for: ec2", "for", "did you mean ec2:instance or ec2:volume or ec2:natgateway"),
        ("for: [sqs, sn]", "for[1]", "there is no kind sn, did you mean sns?"),
        ("x: 1", "for is not set", "expected a kind"),
        ("for: {tags: {a: b}}", "for.kinds is not set", "expected kinds of resources"),
        ("for: {kinds: sqs, tag: {a: b}}", "for.tag: unknown key", "did you mean tags?"),
        ("for: [sqs, sns]", "namespace is not set", "expected a namespace, since sns, sqs has no single one"),
    ])
    func faultsOfAMatch(_ match: String, _ place: String, _ advice: String) {
        let message = message("rules:\n  - {name: r, metric: E, stat: Sum, threshold: \"> 1\", \(match)}")
        #expect(message.contains("rules[0](r)."))
        #expect(message.contains(place.split(separator: " ")[0]))
        #expect(message.contains(advice))
    }

    @Test func everyFaultOfEveryFileAtOnce() {
        let first = """
            ownr: x
            max-delete: 120%
            copy-tags: ["aws:name"]
            topics: {critical: nothing}
            rules:
              - {name: "a b", for: "lambda:function", metric: E, stat: Sum, threshold: "> 1"}
            """
        let second = """
            prefix: x
            grace: 3
            rules:
              - {name: c, for: sqs, metric: E, stat: Sum, threshold: "> 1", severity: "!"}
            """
        #expect(
            message(first, second) == """
                7 faults in the rules:
                rules.yaml, line 1: ownr: unknown key, did you mean owner?
                rules.yaml, line 2: max-delete is "120%", expected a share from 0% to 100%, such as 25%
                rules.yaml, line 3: copy-tags[0]: AWS reserves tags that begin with aws:, so an alarm cannot have it
                rules.yaml, line 4: topics.critical is "nothing", expected an ARN, such as \
                arn:aws:sns:{region}:{account}:alarms
                rules.yaml, line 6: rules[0](a b).name is "a b", expected at most 100 letters, digits and -_./, as \
                composites and tags name it
                more1.yaml, line 2: grace is "3", expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m
                more1.yaml, line 4: rules[0](c).severity is "!", expected letters, digits and -_, since it becomes a tag
                """)
    }

    @Test func filesThatAreNoYAMLAreToldOfWithTheOthers() {
        let message = message("rules: [", "ownr: x")
        #expect(message.contains("rules.yaml, line "))
        #expect(message.contains("more1.yaml, line 1: ownr: unknown key"))
    }

    @Test func anEmptyFileIsAFault() {
        #expect(message("# nothing\n").hasPrefix("rules.yaml, line 1: nothing is in it"))
    }

    // MARK: Several files

    @Test func severalFilesAreOneSet() throws {
        let rules = try read(
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
            message("owner: x\nrules: [\(rule), \(rule)]", "owner: y\nalarms: [{name: a, when: TRUE}]") == """
                3 faults in the rules:
                rules.yaml, line 2: rules[1](a).name: there is another rule a in rules.yaml, line 2: rename one of them
                more1.yaml, line 1: owner: it is set in rules.yaml, line 1 as well: leave one of them out
                more1.yaml, line 2: alarms[0](a).name: there is another rule a in rules.yaml, line 2: rename one of them
                """)
    }

    // MARK: Options

    @Test func options() throws {
        let options = try read(
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
        #expect(try read("propagate-tags: \(text)").options.propagatedTags == expected)
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
        let rules = try read(text, catalogue: ["lambda-errors", "lambda-throttles", "sqs-age"])
        #expect(rules.rules.map(\.name) == names)
    }

    @Test func withoutFilesTheWholeCatalogue() throws {
        #expect(try read(catalogue: ["a", "b"]).rules.map(\.name) == ["a", "b"])
    }

    @Test func settingsOfTheCatalogue() throws {
        let rules = try read(
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
            message(text, catalogue: ["lambda-errors"]) == """
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
            #expect(try read(text).options.topics.count == 1)
            return
        }
        let error = #expect(throws: ProvisionerError.self) { try read(text) }
        #expect(error?.message.contains("rules.yaml, line 1: topics.\(severity)") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(fault) == true, "\(error?.message ?? "")")
    }

    // MARK: Alarms

    @Test(arguments: [
        (
            "{name: a}",
            """
            rules.yaml, line 1: alarms[0](a).when is not set, expected an expression, such as ALARM(api-errors) AND \
            NOT ALARM(deploying), or log for a log alarm
            """
        ),
        (
            "{name: a, when: \"ALRM(x)\"}",
            "rules.yaml, line 1: alarms[0](a).when: character 1: ALRM is not known, did you mean ALARM?"
        ),
        (
            "{name: a, when: \"ALARM(others)\", each: tag}",
            "rules.yaml, line 1: alarms[0](a).each is \"tag\", expected region, resource or tag:KEY"
        ),
        (
            "{name: abcd, when: \"ALARM(abce)\"}",
            "rules.yaml, line 1: alarms[0](abcd).when: there is no rule abce, did you mean abcd?"
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r}, threshold: \"> timeout_ms\"}",
            """
            rules.yaml, line 1: alarms[0](a).threshold is \"> timeout_ms\", expected a number, since a log has no \
            facts
            """
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r, lines: 5}, threshold: \"> 1\"}",
            """
            rules.yaml, line 1: alarms[0](a).log.lines-role is not set, expected the ARN of the role that reads the \
            lines
            """
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r, every: 90s}, threshold: \"> 1\"}",
            "rules.yaml, line 1: alarms[0](a).log.every is \"90s\", expected whole minutes, such as 5m"
        ),
        (
            "{name: a, log: {query: q, groups: [], role: r}, threshold: \"> 1\"}",
            "rules.yaml, line 1: alarms[0](a).log.groups: expected 1 to 50 names or ARNs"
        ),
    ])
    func faultsOfAlarms(_ alarm: String, _ expected: String) { #expect(message("alarms: [\(alarm)]") == expected) }

    @Test(arguments: [
        (1, "rate(1 minute)"), (5, "rate(5 minutes)"), (60, "rate(1 hour)"), (90, "rate(90 minutes)"),
        (1_440, "rate(1 day)"),
    ])
    func rates(_ minutes: Int, _ expected: String) { #expect(AlarmRuleReader.rate(minutes: minutes) == expected) }

    // MARK: Windows

    @Test(arguments: [
        ("start: \"23:05\", duration: 1h", "cron(5 23 * * *)", 3_600),
        ("start: \"00:00\", duration: 24h, every: [Sunday, Monday]", "cron(0 0 * * SUN,MON)", 86_400),
        ("cron: \"0 2 * * SUN\", duration: 15d", "cron(0 2 * * SUN)", 1_296_000),
        ("cron: \"cron(*/5  2-4 1,15 JAN-MAR ?)\", duration: 1m", "cron(*/5 2-4 1,15 JAN-MAR ?)", 60),
        ("at: 2026-12-24T02:00, duration: PT2H", "at(2026-12-24T02:00)", 7_200),
        ("at: \"at(2026-12-24T02:00)\", duration: 2h", "at(2026-12-24T02:00)", 7_200),
    ])
    func windows(_ text: String, _ schedule: String, _ seconds: Int) throws {
        let window = try #require(
            try read("windows: [{name: w, \(text), timezone: Europe/Berlin, rules: [r], for: {tags: {a: b}}}]").windows
                .first)
        #expect(
            window
                == MuteWindow(
                    name: "w", origin: RuleOrigin(.rules, file: "rules.yaml", line: 1), schedule: schedule,
                    duration: .seconds(seconds), timeZone: "Europe/Berlin",
                    match: ResourceMatch(kinds: [], tags: ["a": ["b"]]), rules: ["r"]))
    }

    @Test func windowsThatAreNotEnabledAreLeftOut() throws {
        let text =
            "windows: [{name: w, start: \"23:05\", duration: 1h, enabled: false}, "
            + "{name: v, at: 2026-12-24T02:00, duration: 1h, enabled: false}]"
        #expect(try read(text).windows == [])
    }

    @Test(arguments: [
        ("duration: 1h", "start is not set, expected exactly one of cron, at and start"),
        (
            "start: \"23:05\", at: 2026-12-24T02:00, duration: 1h",
            "start is \"23:05\", expected exactly one of cron, at and start"
        ),
        ("start: \"24:00\", duration: 1h", "start: expected a time from 00:00 to 23:59, in quotes, such as \"23:00\""),
        (
            "start: \"23:00\", duration: 25h",
            "duration: expected a duration of more than 0 and at most 24h, such as 30m"
        ),
        ("start: \"23:00\", duration: 30s", "duration is \"30s\", expected a duration from 1m to 15d, such as 2h"),
        ("at: 2026-12-24, duration: 1h", "at is \"2026-12-24\", expected a local time such as 2026-12-24T02:00"),
        (
            "at: 2026-13-24T02:00, duration: 1h",
            "at is \"2026-13-24T02:00\", expected a local time such as 2026-12-24T02:00"
        ),
        ("at: 2026-12-24T02:00, duration: 16d", "duration is \"16d\", expected a duration from 1m to 15d, such as 2h"),
        (
            "at: 2026-12-24T02:00, duration: 1h, timezone: Berlin",
            "timezone is \"Berlin\", expected an IANA name, such as Europe/Berlin or America/Sao_Paulo"
        ),
        (
            "cron: \"0 2 * * SUN *\", duration: 1h",
            """
            cron: \"0 2 * * SUN *\": it has 6 fields, expected five, without the year that EventBridge has: minute, \
            hour, day of the month, month, day of the week
            """
        ),
        (
            "cron: \"60 2 * * *\", duration: 1h",
            "cron: \"60 2 * * *\": 60 is no minute: expected *, or numbers from 0 to 59, such as 1, 1-5, 1,3 or */2"
        ),
        (
            "cron: \"0 2 * * SUNDAY\", duration: 1h",
            """
            cron: \"0 2 * * SUNDAY\": SUNDAY is no day of the week: expected *, or numbers from 0 to 7, such as 1, \
            1-5, 1,3 or */2
            """
        ),
        (
            "cron: \"0 2 32 * *\", duration: 1h",
            """
            cron: \"0 2 32 * *\": 32 is no day of the month: expected *, or numbers from 1 to 31, such as 1, 1-5, \
            1,3 or */2
            """
        ),
        (
            "cron: \"0 5-2 * * *\", duration: 1h",
            "cron: \"0 5-2 * * *\": 5-2 is no hour: expected *, or numbers from 0 to 23, such as 1, 1-5, 1,3 or */2"
        ),
        (
            "cron: \"*/0 2 * * *\", duration: 1h",
            "cron: \"*/0 2 * * *\": */0 is no minute: expected *, or numbers from 0 to 59, such as 1, 1-5, 1,3 or */2"
        ),
    ])
    func faultsOfWindows(_ window: String, _ expected: String) {
        #expect(message("windows: [{name: w, \(window)}]") == "rules.yaml, line 1: windows[0](w).\(expected)")
    }

    // MARK: Objectives and the example

    @Test func objectivesGoToTheirReader() throws {
        var seen: [String] = []
        _ = try read("objectives: [{name: a}, {name: b}]") { elements, file in
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
