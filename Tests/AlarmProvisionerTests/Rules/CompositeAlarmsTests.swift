import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct CompositeAlarmsTests {
    typealias Rule = AlarmRuleExpression

    static let parsed: [(String, CompositeExpression)] = [
        ("ALARM(a)", .state(.alarm, .rules("a"))), ("alarm( a-* )", .state(.alarm, .rules("a-*"))),
        ("OK(\"x (1)\")", .state(.ok, .alarm("x (1)"))), (#"ALARM("a\"b")"#, .state(.alarm, .alarm("a\"b"))),
        ("INSUFFICIENT_DATA(a)", .state(.insufficientData, .rules("a"))), ("TRUE", .constant(true)),
        (
            "ALARM(a) OR ALARM(b) AND NOT OK(c)",
            .or([
                .state(.alarm, .rules("a")), .and([.state(.alarm, .rules("b")), .not(.state(.ok, .rules("c")))]),
            ])
        ),
        (
            "(ALARM(a) OR ALARM(b)) AND FALSE",
            .and([.or([.state(.alarm, .rules("a")), .state(.alarm, .rules("b"))]), .constant(false)])
        ),
        (
            "AT_LEAST(2, ALARM, (a, b-*, \"c\"))",
            .atLeast(2, isPercent: false, .alarm, isNegated: false, [.rules("a"), .rules("b-*"), .alarm("c")])
        ),
        ("AT_LEAST(50%, NOT OK, (a))", .atLeast(50, isPercent: true, .ok, isNegated: true, [.rules("a")])),
    ]

    @Test(arguments: parsed)
    func expressions(_ text: String, _ expected: CompositeExpression) throws {
        #expect(try CompositeExpression(parsing: text) == expected)
    }

    @Test(arguments: [
        ("", "character 1: expected ALARM(rule), OK(rule), INSUFFICIENT_DATA(rule), AT_LEAST(…) or NOT"),
        ("ALRM(a)", "character 1: ALRM is not known, did you mean ALARM?"),
        ("api-errors", "character 1: api-errors has no state: write ALARM(api-errors)"),
        ("ALARM(a) ALARM(b)", "character 10: expected AND, OR or the end"), ("ALARM(a", "character 8: expected )"),
        ("ALARM()", "character 7: expected the name of a rule, or of an alarm in double quotes"),
        ("ALARM(\"a)", "character 7: the double quote is not closed"),
        ("ALARM(\"\")", "character 7: the name is empty"),
        ("AT_LEAST(0, ALARM, (a))", "character 10: expected a number of alarms from 1, or a share from 1% to 100%"),
        ("AT_LEAST(101%, ALARM, (a))", "character 10: expected a number of alarms from 1, or a share from 1% to 100%"),
        ("AT_LEAST(1, BAD, (a))", "character 13: expected ALARM, OK or INSUFFICIENT_DATA, with NOT or without"),
        ("AT_LEAST(1, ALARM, a)", "character 20: expected ("),
    ])
    func faults(_ text: String, _ expected: String) {
        let error = #expect(throws: FormulaError.self) { try CompositeExpression(parsing: text) }
        #expect(error?.description == expected)
    }

    @Test func deepNestingIsRefused() {
        let text = String(repeating: "NOT ", count: 10_000) + "TRUE"
        #expect(throws: FormulaError.self) { try CompositeExpression(parsing: text) }
    }

    // MARK: Expansion

    private func composite(_ text: String, each: CompositeRule.Each = .scope, name: String = "down") throws
        -> CompositeRule
    {
        CompositeRule(
            name: name, origin: RuleOrigin(.rules, file: "rules.yaml", line: 20),
            expression: try CompositeExpression(parsing: text), each: each)
    }

    private func expand(
        _ composites: [CompositeRule], _ resources: [WatchedResource], options: AlarmOptions = AlarmOptions()
    ) -> DesiredAlarms {
        var slow = Fixture.errors("lambda-slow")
        slow.template.data = .metric(Fixture.functionMetric("Duration", "p99"))
        return RuleExpansion.expand(
            RuleSet(rules: [Fixture.errors(), slow], options: options, composites: composites),
            over: DiscoveredResources(resources: resources))
    }

    private func rule(_ desired: DesiredAlarms, _ name: String) -> Rule? {
        guard case .composite(let condition)? = desired.alarm(name)?.alarm.condition else { return nil }
        return condition.rule
    }

    private static let (errorsF, errorsG) = ("tocsin-lambda-errors-f", "tocsin-lambda-errors-g")
    private static let (slowF, slowG) = ("tocsin-lambda-slow-f", "tocsin-lambda-slow-g")

    static let expanded: [(String, Rule)] = [
        ("ALARM(lambda-errors)", .or([.state(.alarm, alarm: errorsF), .state(.alarm, alarm: errorsG)])),
        ("OK(lambda-errors)", .and([.state(.ok, alarm: errorsF), .state(.ok, alarm: errorsG)])),
        (
            "NOT ALARM(\"else\") AND INSUFFICIENT_DATA(lambda-slow)",
            .and([
                .not(.state(.alarm, alarm: "else")),
                .or([.state(.insufficientData, alarm: slowF), .state(.insufficientData, alarm: slowG)]),
            ])
        ),
        (
            "AT_LEAST(2, NOT OK, (lambda-*, lambda-slow))",
            .atLeast(.count(2), .ok, isNegated: true, alarms: [errorsF, errorsG, slowF, slowG])
        ),
        (
            "AT_LEAST(50%, ALARM, (lambda-slow))",
            .atLeast(.percent(50), .alarm, isNegated: false, alarms: [slowF, slowG])
        ),
    ]

    @Test(arguments: expanded)
    func rulesBecomeTheirAlarms(_ text: String, _ expected: Rule) throws {
        let desired = expand([try composite(text)], [Fixture.function("f"), Fixture.function("g")])
        #expect(rule(desired, "tocsin-down") == expected)
        #expect(desired.texts == [])
    }

    @Test func aCompositeHasActionsAndTags() throws {
        let topic = "arn:aws:sns:eu-central-1:1:t"
        var rule = try composite("ALARM(lambda-errors)")
        rule.suppressor = .rules("lambda-slow")
        let desired = expand([rule], [Fixture.function("f")], options: AlarmOptions(topics: ["": [topic]]))
        let alarm = desired.alarm("tocsin-down")
        #expect(alarm?.alarm.actions == AlarmActions(alarm: [topic], ok: [topic]))
        #expect(
            alarm?.alarm.tags == [
                "tocsin:owner": "tocsin", "tocsin:rule": "down", "tocsin:origin": "rules.yaml", "severity": "critical",
            ])
        #expect(alarm?.alarm.description == "Combines 1 alarm. Rule down, rules.yaml.")
        #expect(
            alarm?.alarm.condition
                == .composite(
                    CompositeCondition(
                        rule: .state(.alarm, alarm: Self.errorsF), suppressor: .init(alarm: Self.slowF))))
    }

    @Test func oneForEachRegionResourceOrTag() throws {
        let resources = [
            Fixture.function("f", tags: ["team": "a"]), Fixture.function("g", tags: ["team": "a"]),
            Fixture.function("h", tags: ["team": "b"]), Fixture.function("i"),
            Fixture.function("f", scope: Fixture.otherScope),
        ]
        func made(_ each: CompositeRule.Each) throws -> [String] {
            expand([try composite("ALARM(lambda-*)", each: each)], resources).alarms
                .filter { $0.reason.rule == "down" }.map { "\($0.scope.region) \($0.alarm.name)" }
        }
        #expect(try made(.scope) == ["eu-central-1 tocsin-down", "us-east-1 tocsin-down"])
        #expect(try made(.tag("team")) == ["eu-central-1 tocsin-down-a", "eu-central-1 tocsin-down-b"])
        #expect(
            try made(.resource) == [
                "eu-central-1 tocsin-down-f", "eu-central-1 tocsin-down-g", "eu-central-1 tocsin-down-h",
                "eu-central-1 tocsin-down-i", "us-east-1 tocsin-down-f",
            ])
    }

    @Test func compositesOfCompositesComeAfterThem() throws {
        let outer = try composite("ALARM(inner)", name: "outer")
        let inner = try composite("ALARM(lambda-errors)", name: "inner")
        let desired = expand([outer, inner], [Fixture.function("f")])
        #expect(rule(desired, "tocsin-outer") == .state(.alarm, alarm: "tocsin-inner"))
        #expect(desired.alarms.map(\.reason.rule).suffix(2) == ["inner", "outer"])
    }

    @Test func circlesAreToldOf() throws {
        let desired = expand(
            [
                try composite("ALARM(b)", name: "a"), try composite("ALARM(a)", name: "b"),
                try composite("ALARM(c)", name: "c"),
            ],
            [Fixture.function("f")])
        #expect(desired.notices.map(\.level) == [.error, .error, .error])
        #expect(
            desired.texts.first == "rule a (rules.yaml:20) depends on itself, by way of a, b, c: no composite alarm")
    }

    @Test(arguments: [
        (
            "ALARM(nothing)",
            "rule down (rules.yaml:20): no composite alarm, because none of the rules that it names makes an alarm"
        ),
        (
            "ALARM(lambda-errors) AND ALARM(nothing)",
            "rule down (rules.yaml:20) in 123456789012/eu-central-1: no composite alarm, because rule nothing makes no "
                + "alarm there"
        ),
        (
            "AT_LEAST(2, ALARM, (lambda-errors))",
            """
            rule down (rules.yaml:20) in 123456789012/eu-central-1: no composite alarm, because it asks for at least \
            2 of 
            """
                + "1 alarm"
        ),
    ])
    func whatCannotBeMade(_ text: String, _ notice: String) throws {
        let desired = expand([try composite(text)], [Fixture.function("f")])
        #expect(desired.notices == [RuleNotice(.error, notice)])
        #expect(desired.alarm("tocsin-down") == nil)
    }

    @Test(arguments: [(100, true), (101, false)])
    func aHundredChildrenAtMost(_ count: Int, _ isMade: Bool) throws {
        let desired = expand(
            [try composite("ALARM(lambda-errors)")], (0..<count).map { Fixture.function("f\($0)") })
        #expect((desired.alarm("tocsin-down") != nil) == isMade)
        #expect(desired.notices.isEmpty == isMade)
    }

    @Test func othersAlarmsCanBeNamed() throws {
        let other = DesiredAlarm(
            alarm: Alarm(name: "slo-page", condition: .promQL(PromQLCondition(query: "x"))), scope: Fixture.scope,
            reason: AlarmReason(rule: "checkout-slo", origin: RuleOrigin(.objective), threshold: ""))
        let desired = RuleExpansion.expand(
            RuleSet(composites: [try composite("ALARM(checkout-*)")]), over: DiscoveredResources(),
            context: RuleExpansion.Context(others: [other]))
        #expect(desired.names == ["slo-page", "tocsin-down"])
    }

    // MARK: Logs

    private static func log(regions: [String] = []) -> LogRule {
        LogRule(
            name: "refused", origin: RuleOrigin(.log, file: "rules.yaml", line: 3),
            condition: LogCondition(
                query: "fields @message", logGroups: ["/aws/{region}"], queryRoleARN: "arn:aws:iam::{account}:role/r",
                resultsToEvaluate: 3, resultsToAlarm: 2, comparison: .greater, threshold: 10), regions: regions)
    }

    @Test func aLogAlarmInEachScope() throws {
        let desired = RuleExpansion.expand(
            RuleSet(logs: [Self.log()]), over: DiscoveredResources(),
            context: RuleExpansion.Context(scopes: [Fixture.scope, Fixture.otherScope]))
        #expect(desired.alarms.map(\.scope) == [Fixture.scope, Fixture.otherScope])
        let alarm = try #require(desired.alarms.first?.alarm)
        #expect(
            alarm.description
                == "count(*) of a query over /aws/eu-central-1 is above 10 in 2 of 3 runs, rate(5 minutes). Rule "
                + "refused, rules.yaml.")
        guard case .log(let condition) = alarm.condition else {
            Issue.record("no log alarm")
            return
        }
        #expect(condition.queryRoleARN == "arn:aws:iam::123456789012:role/r")
        #expect(condition.logGroups == ["/aws/eu-central-1"])
    }

    /// The alarms of CloudFront and Route 53 are in us-east-1 even where that is not provisioned.
    @Test func noLogAlarmBesideTheProvisionedScopes() {
        let desired = RuleExpansion.expand(
            RuleSet(logs: [Self.log()]),
            over: DiscoveredResources(resources: [Fixture.function("f", scope: Fixture.otherScope)]),
            context: RuleExpansion.Context(scopes: [Fixture.scope]))
        #expect(desired.alarms.map(\.scope) == [Fixture.scope])
    }

    @Test func aLogAlarmNowhereIsToldOf() {
        let desired = RuleExpansion.expand(
            RuleSet(logs: [Self.log(regions: ["ap-*"])]), over: DiscoveredResources(),
            context: RuleExpansion.Context(scopes: [Fixture.scope]))
        #expect(
            desired.texts == [
                """
                rule refused (rules.yaml:3): no log alarm, because no account and region that is provisioned matches \
                it
                """
            ])
    }
}
