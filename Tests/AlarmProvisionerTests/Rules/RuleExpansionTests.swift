import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct RuleExpansionTests {
    @Test func anAlarmHasEverySettingOfItsRule() throws {
        var rule = Fixture.errors(threshold: .formula(.greaterOrEqual, ThresholdFormula("0.9 * timeout_ms")))
        rule.template.datapointsToAlarm = 2
        rule.template.missingData = .breaching
        rule.template.evaluatesFewSamples = false
        rule.template.warmUp = AlarmWarmUp(minutes: 5)
        rule.template.window = .wallClock(timeZone: "Europe/Berlin")
        rule.template.tags = ["runbook": "{rule} {name}"]
        rule.severity = "critical"
        let options = AlarmOptions(
            owner: "me", prefix: "p", topics: ["critical": ["arn:aws:sns:{region}:{account}:pages"], "": ["arn:x:y"]],
            copiedTags: ["team", "absent", "aws:reserved"], propagatedTags: .all)
        let resource = Fixture.function("shop", tags: ["team": "a&b", "Name": "Shop", "aws:reserved": "1"])
        let desired = Fixture.expand([rule], [resource], options: options)
        let alarm = try #require(desired.alarm("p-lambda-errors-shop"))
        #expect(desired.texts == [])
        #expect(alarm.scope == Fixture.scope)
        #expect(
            alarm.alarm.description
                == "The sum of Errors of lambda:function Shop is at least 2,700 in 2 of 3 periods of 1 m, where "
                + "0.9 × timeout_ms (3,000) = 2,700. Periods without data count as breaching. Rule lambda-errors, "
                + "rules.yaml.")
        let condition = try #require(alarm.metricCondition)
        #expect(
            condition.data
                == .metric(
                    MetricStatistic(
                        namespace: "AWS/Lambda", metric: "Errors", dimensions: ["FunctionName": "shop"],
                        statistic: "Sum", period: 60)))
        #expect(condition.threshold == .value(.greaterOrEqual, 2_700))
        #expect(condition.evaluationPeriods == 3)
        #expect(condition.datapointsToAlarm == 2)
        #expect(condition.missingData == .breaching)
        #expect(condition.evaluatesFewSamples == false)
        #expect(condition.warmUp == AlarmWarmUp(minutes: 5))
        #expect(condition.window == .wallClock(timeZone: "Europe/Berlin"))
        let topic = "arn:aws:sns:eu-central-1:123456789012:pages"
        #expect(alarm.alarm.actions == AlarmActions(alarm: [topic], ok: [topic], propagatedTags: .all))
        #expect(
            alarm.alarm.tags == [
                "tocsin:owner": "me", "tocsin:rule": "lambda-errors", "tocsin:origin": "rules.yaml",
                "tocsin:resource": resource.id, "severity": "critical", "runbook": "lambda-errors Shop", "team": "a_b",
            ])
        #expect(
            alarm.reason
                == AlarmReason(
                    rule: "lambda-errors", origin: rule.origin, kind: .lambdaFunction, resource: resource.id,
                    threshold: "0.9 × timeout_ms (3,000) = 2,700"))
    }

    @Test func onlyFactsThatThresholdsUseAreNeeded() {
        let formula = TemplateThreshold.formula(.greater, ThresholdFormula("min(reserved_concurrency, memory_bytes)"))
        let plain = Fixture.errors()
        #expect(RuleSet(rules: [plain]).neededFacts == [])
        #expect(
            RuleSet(rules: [plain, Fixture.errors("other", threshold: formula)]).neededFacts
                == [.reservedConcurrency, .memoryBytes])
        // This attribute is told by the call that tells the facts of queues.
        let deadLetters = ResourceMatch(kinds: [.queue], attributes: ["dead_letter_queue": ["true"]])
        #expect(RuleSet(rules: [Fixture.errors(match: deadLetters)]).neededFacts == [.retentionSeconds])
    }

    @Test func aRuleThatMovesInItsFileChangesNoAlarm() {
        let resource = Fixture.function("shop")
        let before = Fixture.expand([Fixture.errors(line: 1)], [resource])
        let after = Fixture.expand([Fixture.errors(line: 9)], [resource])
        #expect(before.alarms.map(\.alarm) == after.alarms.map(\.alarm))
        #expect(before.alarms.map(\.reason.origin.line) == [1])
    }

    static let matches: [(ResourceMatch, Bool)] = [
        (ResourceMatch(kinds: [.ec2Instance]), true), (ResourceMatch(kinds: [.lambdaFunction]), false),
        (ResourceMatch(kinds: [.ec2Instance], tags: ["team": ["pay*"]]), true),
        (ResourceMatch(kinds: [.ec2Instance], tags: ["team": ["pay"]]), false),
        (ResourceMatch(kinds: [.ec2Instance], tags: ["team": ["x", "payments"]]), true),
        (ResourceMatch(kinds: [.ec2Instance], tags: ["team": ["*"], "absent": ["*"]]), false),
        (ResourceMatch(kinds: [.ec2Instance], withoutTags: ["team": ["shop"]]), true),
        (ResourceMatch(kinds: [.ec2Instance], withoutTags: ["team": ["*"]]), false),
        (ResourceMatch(kinds: [.ec2Instance], withoutTags: ["absent": ["*"]]), true),
        (ResourceMatch(kinds: [.ec2Instance], names: ["i-1"]), true),
        (ResourceMatch(kinds: [.ec2Instance], names: ["web-?"]), true),
        (ResourceMatch(kinds: [.ec2Instance], names: ["web"]), false),
        (ResourceMatch(kinds: [.ec2Instance], accounts: ["1234*"]), true),
        (ResourceMatch(kinds: [.ec2Instance], accounts: ["999*"]), false),
        (ResourceMatch(kinds: [.ec2Instance], regions: ["eu-*"]), true),
        (ResourceMatch(kinds: [.ec2Instance], regions: ["us-*", "ap-*"]), false),
        (ResourceMatch(kinds: [.ec2Instance], attributes: ["platform": ["win*"]]), true),
        (ResourceMatch(kinds: [.ec2Instance], attributes: ["platform": ["linux"]]), false),
        (ResourceMatch(kinds: [.ec2Instance], attributes: ["class": ["*"]]), false),
    ]

    @Test(arguments: matches)
    func matching(_ match: ResourceMatch, _ isMatch: Bool) {
        let resource = Fixture.instance(
            "i-1", tags: ["team": "payments", "Name": "web-1"], attributes: ["platform": "windows"])
        #expect(Fixture.expand([Fixture.cpu(match)], [resource]).alarms.isEmpty == !isMatch)
    }

    @Test func placeholdersStandForTheResourcesOwn() {
        let text =
            """
            {name}|{kind}|{metric}|{rule}|{region}|{account}|{severity}|{tag:team}|{tag:no}|{dimension:FunctionName}|{x}
            """
        var rule = Fixture.errors(alarmName: text)
        rule.template.description = "{kind}"
        let alarm = Fixture.expand([rule], [Fixture.function("f", tags: ["team": "t", "Name": "N"])]).alarms.first
        #expect(
            alarm?.alarm.name == "N|lambda:function|Errors|lambda-errors|eu-central-1|123456789012|warning|t||f|{x}")
        #expect(alarm?.alarm.description == "lambda:function")
    }

    // MARK: What cannot be made

    @Test func unknownFactsAreOneNotice() {
        let rule = Fixture.errors(threshold: .formula(.greater, ThresholdFormula("reserved_concurrency")))
        let functions = (1...5).map { Fixture.function("f\($0)") }
        let desired = Fixture.expand([rule], functions)
        #expect(desired.alarms.isEmpty)
        #expect(
            desired.notices == [
                RuleNotice(
                    .error,
                    "rule lambda-errors (conf/rules.yaml:1), 5 lambda:function (f1, f2, f3, …): no alarm, because "
                        + "reserved_concurrency is not known of the resource")
            ])
    }

    @Test func whatTheCatalogueCannotMakeIsAWarning() {
        let rule = Fixture.errors(
            source: .catalogue, threshold: .formula(.greater, ThresholdFormula("reserved_concurrency")))
        #expect(Fixture.expand([rule], [Fixture.function("f")]).notices.map(\.level) == [.warning])
    }

    @Test func aDimensionThatIsNotThere() {
        var rule = Fixture.errors()
        rule.template.data = .metric(
            TemplateMetric(
                namespace: "AWS/Lambda", metric: "Errors", statistic: "Sum",
                dimensions: ["FunctionName": .resource, "Resource": .resource]))
        #expect(
            Fixture.expand([rule], [Fixture.function("f")]).texts == [
                "rule lambda-errors (conf/rules.yaml:1), 1 lambda:function (f): no alarm, because it has no dimension "
                    + "Resource for AWS/Lambda Errors"
            ])
    }

    @Test func aWrongFormulaDoesNotStopOtherRules() {
        let wrong = Fixture.errors("wrong", threshold: .formula(.greater, ThresholdFormula("1 +")))
        let desired = Fixture.expand([wrong, Fixture.errors()], [Fixture.function("f")])
        #expect(desired.names == ["tocsin-lambda-errors-f"])
        #expect(
            desired.texts == [
                """
                conf/rules.yaml:1: rule wrong: its threshold is wrong, character 4: the formula ends where a number \
                or a 
                """
                    + "fact is expected"
            ])
    }

    // MARK: Dimensions and data

    @Test func fixedAndListedDimensions() throws {
        var rule = Fixture.cpu()
        rule.template.data = .metric(
            TemplateMetric(
                namespace: "CWAgent", metric: "disk", statistic: "Maximum",
                dimensions: ["InstanceId": .resource, "path": .listed, "host": .fixed("{region}")]))
        var series = MetricSeriesIndex()
        let name = MetricName("CWAgent", "disk")
        for (dimensions, scope) in [
            (["InstanceId": "i-1", "path": "/", "host": "eu-central-1"], Fixture.scope),
            (["InstanceId": "i-1", "path": "/var", "host": "eu-central-1"], Fixture.scope),
            (["InstanceId": "i-1", "path": "/x", "host": "other"], Fixture.scope),
            (["InstanceId": "i-1", "path": "/y", "host": "eu-central-1", "more": "1"], Fixture.scope),
            (["InstanceId": "i-2", "path": "/", "host": "eu-central-1"], Fixture.scope),
            (["InstanceId": "i-1", "path": "/us", "host": "eu-central-1"], Fixture.otherScope),
        ] {
            series.add(dimensions, of: name, in: scope)
        }
        let resources = [Fixture.instance("i-1"), Fixture.instance("i-3")]
        let desired = Fixture.expand([rule], resources, series: series)
        #expect(desired.names == ["tocsin-cpu-i-1-/", "tocsin-cpu-i-1-/var"])
        let alarm = try #require(desired.alarm("tocsin-cpu-i-1-/var"))
        #expect(
            alarm.statistic?.dimensions == ["InstanceId": "i-1", "path": "/var", "host": "eu-central-1"])
        #expect(alarm.alarm.description.contains("of ec2:instance i-1 (path /var) is above 80"))
        #expect(
            desired.texts == [
                """
                rule cpu (rules.yaml:4), 1 ec2:instance (i-3): no alarm, because there are no series of CWAgent disk \
                with 
                """
                    + "the dimensions InstanceId, host, path: is it being written?"
            ])
    }

    @Test func everySeriesOfAMetricIsAResource() throws {
        var rule = Fixture.cpu(ResourceMatch(kinds: [.metric], attributes: ["group": ["shop"]]))
        rule.template.data = .metric(
            TemplateMetric(
                namespace: "Monitoring/Uptime", metric: "up", statistic: "Minimum",
                dimensions: ["group": .listed, "name": .listed]))
        var series = MetricSeriesIndex()
        let name = MetricName("Monitoring/Uptime", "up")
        series.add(["group": "shop", "name": "front"], of: name, in: Fixture.scope)
        series.add(["group": "other", "name": "front"], of: name, in: Fixture.scope)
        series.add(["group": "shop"], of: name, in: Fixture.scope)
        let desired = Fixture.expand([rule], [], series: series)
        #expect(desired.names == ["tocsin-cpu-shop/front"])
        #expect(desired.alarms.first?.statistic?.dimensions == ["group": "shop", "name": "front"])
        #expect(desired.alarms.first?.reason.resource == "metric:Monitoring/Uptime{group=shop,name=front}")
        #expect(RuleSet(rules: [rule]).listedMetrics == [name])
    }

    @Test func severalMetricsOfASeriesAreOneResource() throws {
        let rules = ["up", "duration"].map { metric in
            var rule = Fixture.cpu(ResourceMatch(kinds: [.metric]))
            rule.name = metric
            rule.template.data = .metric(
                TemplateMetric(
                    namespace: "Monitoring/Uptime", metric: metric, statistic: "Minimum", dimensions: ["name": .listed])
            )
            return rule
        }
        var series = MetricSeriesIndex()
        for metric in ["up", "duration"] {
            series.add(["name": "front"], of: MetricName("Monitoring/Uptime", metric), in: Fixture.scope)
        }
        let desired = Fixture.expand(rules, [], series: series)
        #expect(desired.names == ["tocsin-duration-front", "tocsin-up-front"])
        #expect(Set(desired.alarms.map(\.reason.resource)).count == 1)
        let expected = series.resources(of: MetricName("Monitoring/Uptime", "up"), in: Fixture.scope).map(\.id)
        #expect(desired.alarms.prefix(1).map(\.reason.resource) == expected)
    }

    @Test(arguments: [
        (AlarmThreshold.BandComparison.outside, "outside"), (.above, "above"), (.below, "below"),
    ])
    func anomalyBands(_ comparison: AlarmThreshold.BandComparison, _ word: String) throws {
        let rule = Fixture.cpu(threshold: .band(comparison, width: 2))
        let alarm = try #require(Fixture.expand([rule], [Fixture.instance("i-1")]).alarms.first)
        let condition = try #require(alarm.metricCondition)
        let metric = MetricStatistic(
            namespace: "AWS/EC2", metric: "CPUUtilization", dimensions: ["InstanceId": "i-1"], statistic: "Average",
            period: 300)
        #expect(
            condition.data
                == .queries([
                    MetricQuery(id: "m1", source: .metric(metric, account: nil), returnsData: true),
                    MetricQuery(
                        id: "ad1", source: .expression("ANOMALY_DETECTION_BAND(m1, 2)", period: nil),
                        returnsData: true),
                ]))
        #expect(condition.threshold == .band(comparison, queryID: "ad1"))
        #expect(alarm.alarm.description.contains("is \(word) a band 2 standard deviations wide"))
    }

    @Test func mathHasItsMetricsAndOneResult() throws {
        var rule = Fixture.errors()
        rule.template.data = .math(
            metrics: ["e": Fixture.functionMetric("Errors", "Sum"), "a": Fixture.functionMetric("Invocations", "Sum")],
            expressions: ["result": "100 * e / a"], returned: "result")
        let alarm = try #require(Fixture.expand([rule], [Fixture.function("f")]).alarms.first)
        guard case .queries(let queries)? = alarm.metricCondition?.data else {
            Issue.record("no queries")
            return
        }
        #expect(queries.map(\.id) == ["a", "e", "result"])
        #expect(queries.map(\.returnsData) == [false, false, true])
        #expect(queries.last?.source == .expression("100 * e / a", period: nil))
    }

    @Test func promQLIsEscaped() throws {
        var rule = Fixture.errors()
        rule.template.data = .promQL(#"up{job="{tag:job}"} == 0"#, pendingSeconds: 60, recoverySeconds: 120)
        let alarm = Fixture.expand([rule], [Fixture.function("f", tags: ["job": #"a"b\c"#])]).alarms.first
        #expect(
            alarm?.alarm.condition
                == .promQL(
                    PromQLCondition(
                        query: #"up{job="a\"b\\c"} == 0"#, pendingSeconds: 60, recoverySeconds: 120, interval: 60)))
    }

    // MARK: Names

    @Test(arguments: [(255 - 21, false), (255 - 20, true)])
    func longNamesAreCutWithAHash(_ length: Int, _ isCut: Bool) throws {
        let name = String(repeating: "x", count: length)
        let made = try #require(Fixture.expand([Fixture.errors()], [Fixture.function(name)]).names.first)
        #expect(made.utf16.count == 255)
        #expect((made == "tocsin-lambda-errors-" + name) == !isCut)
    }

    @Test func cutNamesStayDistinctAndStable() {
        let long = String(repeating: "ä", count: 300)
        let (one, two) = (AlarmName.valid(long + "1"), AlarmName.valid(long + "2"))
        #expect(one != two)
        #expect(one == AlarmName.valid(long + "1"))
        #expect(one.utf16.count == 255)
    }

    @Test(arguments: [("a\nb", "a-b"), ("a\u{7F}b", "a-b"), ("ä", "ä"), ("", "alarm")])
    func controlCharactersGo(_ text: String, _ expected: String) { #expect(AlarmName.valid(text) == expected) }

    @Test func resourcesOfOneNameGetHashesInAnyOrder() {
        let resources = ["a", "b"].map { cluster in
            WatchedResource(
                kind: .ecsService, scope: Fixture.scope, id: "arn:aws:ecs:x:1:service/\(cluster)/api", name: "api",
                dimensions: ["ClusterName": cluster, "ServiceName": "api"])
        }
        var rule = Fixture.cpu(ResourceMatch(kinds: [.ecsService]))
        rule.template.data = .metric(
            TemplateMetric(
                namespace: "AWS/ECS", metric: "CPUUtilization", statistic: "Average",
                dimensions: ["ClusterName": .resource, "ServiceName": .resource]))
        let (one, two) = (Fixture.expand([rule], resources), Fixture.expand([rule], resources.reversed()))
        #expect(Set(one.names).count == 2)
        #expect(one.names == two.names)
        #expect(one.names.allSatisfy { $0.hasPrefix("tocsin-cpu-api-") })
        #expect(one.texts == [])
    }

    @Test func theSameNameInAnotherRegionIsAnotherAlarm() {
        let resources = [Fixture.function("f"), Fixture.function("f", scope: Fixture.otherScope)]
        #expect(
            Fixture.expand([Fixture.errors()], resources).names == ["tocsin-lambda-errors-f", "tocsin-lambda-errors-f"])
    }

    // MARK: Several rules

    @Test func theCatalogueGivesWay() {
        let catalogue = Fixture.errors("lambda-errors", source: .catalogue)
        let own = Fixture.errors("my-errors", threshold: .value(.greaterOrEqual, 9))
        let desired = Fixture.expand([catalogue, own], [Fixture.function("f")])
        #expect(desired.names == ["tocsin-my-errors-f"])
        #expect(desired.texts == [])
    }

    @Test func theOtherDirectionIsAnotherAlarm() {
        let catalogue = Fixture.errors("lambda-errors", source: .catalogue)
        let own = Fixture.errors("too-few", threshold: .value(.less, 9))
        #expect(
            Fixture.expand([catalogue, own], [Fixture.function("f")]).names == [
                "tocsin-lambda-errors-f", "tocsin-too-few-f",
            ])
    }

    @Test func theCatalogueStaysWhereTheOwnRuleDoesNotMatch() {
        let catalogue = Fixture.errors("lambda-errors", source: .catalogue)
        let own = Fixture.errors(match: ResourceMatch(kinds: [.lambdaFunction], names: ["a"]))
        let desired = Fixture.expand([catalogue, own], [Fixture.function("a"), Fixture.function("b")])
        #expect(desired.alarms.map(\.reason.origin.source) == [.rules, .catalogue])
    }

    @Test(arguments: [
        (RuleOrigin.Source.catalogue, RuleOrigin.Source.rules, RuleOrigin.Source.rules),
        (.rules, .catalogue, .rules), (.rules, .tag, .tag), (.original, .rules, .rules),
        (.catalogue, .original, .original),
    ])
    func ofTheSameNameTheHigherSourceStands(
        _ first: RuleOrigin.Source, _ second: RuleOrigin.Source, _ winner: RuleOrigin.Source
    ) {
        var other = Fixture.errors("b", source: second, alarmName: "same")
        other.template.data = .metric(Fixture.functionMetric("Throttles", "Sum"))
        let desired = Fixture.expand(
            [Fixture.errors("a", source: first, alarmName: "same"), other], [Fixture.function("f")])
        #expect(desired.alarms.map(\.reason.origin.source) == [winner])
        #expect(desired.texts == [])
    }

    @Test func twoOwnRulesOfOneNameAreToldOf() {
        var other = Fixture.errors("b", alarmName: "same", line: 7)
        other.template.data = .metric(Fixture.functionMetric("Throttles", "Sum"))
        let desired = Fixture.expand([Fixture.errors("a", alarmName: "same"), other], [Fixture.function("f")])
        #expect(desired.alarms.map(\.reason.rule) == ["a"])
        #expect(
            desired.texts == [
                "rule b (conf/rules.yaml:7) makes an alarm same in 123456789012/eu-central-1, as rule a "
                    + "(conf/rules.yaml:1) does: give one of them another name"
            ])
    }

    // MARK: Actions

    @Test func severitiesWithoutTopicAreToldOfOnce() {
        let options = AlarmOptions(topics: ["critical": ["arn:aws:sns:eu-central-1:1:pages"]])
        let resources = [
            Fixture.function("f"), Fixture.function("g"), Fixture.function("h", scope: Fixture.otherScope),
        ]
        let desired = Fixture.expand([Fixture.errors()], resources, options: options)
        #expect(
            desired.texts == ["alarms of severity warning notify nobody: add topics.warning or topics.default"])
    }

    @Test func aTopicOfAnotherRegionIsLeftOut() {
        let options = AlarmOptions(topics: ["": ["arn:aws:sns:us-east-1:1:t", "arn:aws:lambda:us-east-1:1:function:f"]])
        let desired = Fixture.expand([Fixture.errors()], [Fixture.function("f")], options: options)
        #expect(desired.alarms.first?.alarm.actions.alarm == ["arn:aws:lambda:us-east-1:1:function:f"])
        #expect(
            desired.texts == [
                """
                topics: alarms of severity warning in 123456789012/eu-central-1 cannot notify \
                arn:aws:sns:us-east-1:1:t, 
                """
                    + "which is in another region: write {region} in place of us-east-1, and make a topic there"
            ])
    }

    @Test func anOwnTopicOfAnotherRegionIsLeftOut() {
        var rule = Fixture.errors()
        rule.template.actions = AlarmActions(
            alarm: ["arn:aws:sns:us-east-1:1:t", "arn:aws:sns:{region}:1:t"], ok: ["arn:aws:sns:us-east-1:1:t"])
        let desired = Fixture.expand([rule], [Fixture.function("f"), Fixture.function("g")])
        #expect(desired.alarms.first?.alarm.actions == AlarmActions(alarm: ["arn:aws:sns:eu-central-1:1:t"]))
        #expect(desired.texts.count == 1)
        #expect(desired.texts.first?.hasPrefix("rule lambda-errors (conf/rules.yaml:1): its alarms in") == true)
        #expect(desired.texts.first?.contains("cannot notify arn:aws:sns:us-east-1:1:t, which is in another") == true)
    }

    @Test func recoveryCanBeSilent() {
        let options = AlarmOptions(topics: ["": ["arn:aws:sns:eu-central-1:1:t"]], notifiesRecovery: false)
        let desired = Fixture.expand([Fixture.errors()], [Fixture.function("f")], options: options)
        #expect(desired.alarms.first?.alarm.actions.ok == [])
    }

    @Test func ownActionsReplaceTopics() {
        var rule = Fixture.errors()
        rule.template.actions = AlarmActions(alarm: ["arn:{region}"], insufficientData: ["arn:i"])
        let options = AlarmOptions(topics: ["": ["arn:aws:sns:eu-central-1:1:t"]], propagatedTags: .only(["team"]))
        let actions = Fixture.expand([rule], [Fixture.function("f")], options: options).alarms.first?.alarm.actions
        #expect(
            actions
                == AlarmActions(
                    alarm: ["arn:eu-central-1"], insufficientData: ["arn:i"], propagatedTags: .only(["team"])))
    }

    // MARK: Size

    @Test func thousandsOfResourcesGetDistinctNames() {
        let resources = (0..<500).map { Fixture.function("function-\($0)") }
        let rules = (0..<8).map { number in
            var rule = Fixture.errors("rule-\(number)")
            rule.template.data = .metric(Fixture.functionMetric("Metric\(number)", "Sum"))
            return rule
        }
        let desired = Fixture.expand(rules, resources)
        #expect(Set(desired.names).count == 4_000)
    }

    @Test(arguments: [(43, 49), (44, 49), (42, 48)])
    func atMostFortyNineTags(_ copied: Int, _ expected: Int) {
        let tags = Dictionary(uniqueKeysWithValues: (0..<copied).map { ("tag\($0)", "v") })
        let options = AlarmOptions(copiedTags: tags.keys.sorted())
        var rule = Fixture.errors()
        rule.template.tags = ["one": "1"]
        let desired = Fixture.expand([rule], [Fixture.function("f", tags: tags)], options: options)
        #expect(desired.alarms.first?.alarm.tags.count == expected)
        #expect(desired.notices.isEmpty == (copied <= 43))
    }

    @Test(arguments: [("a b_.:/=+-@", "a b_.:/=+-@"), ("a;b,c>d", "a_b_c_d"), ("ä€", "ä_"), ("", "")])
    func tagValues(_ text: String, _ expected: String) { #expect(AlarmTagText.value(text) == expected) }
}
