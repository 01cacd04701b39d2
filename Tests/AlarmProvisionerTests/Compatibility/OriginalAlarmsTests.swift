import Basics
import CloudWatchAlarms
import Configuration
import Testing
import YAML

@testable import AlarmProvisioner

/// The file of CloudwatchMonitoring: what is wrong in it, and what the original cannot do.
struct OriginalAlarmsTests {
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    private static let topic = "arn:aws:sns:eu-central-1:123456789012:alarms"

    private static let base = """
        - alert_metric: load1
          namespace: Monitoring/Telegraf
          stat: Average
          period: 60
          eval_period: 5
          operator: GreaterThanThreshold
          threshold: 4

        """

    private static func file(_ text: String) throws(ProvisionerError) -> OriginalAlarmsFile {
        try OriginalAlarmsFile(parsing: Array(text.utf8), file: "alarms.yaml")
    }

    private static func alarms(
        _ more: String = "", hosts: OriginalHosts = OriginalHosts(), options: AlarmOptions = AlarmOptions(),
        variables: [String: String] = ["TOPIC_ARN": topic]
    ) throws -> DesiredAlarms {
        try file(base + more).alarms(
            hosts: hosts, settings: Environment(variables).parse { OriginalSettings($0) }, options: options,
            scope: scope)
    }

    // MARK: Topics

    @Test func topicsAreThoseOfTheRegion() throws {
        let options = AlarmOptions(topics: ["": ["arn:aws:sns:{region}:{account}:alarms"]])
        let usual = try Self.alarms(options: options, variables: [:])
        #expect(usual.alarms.map(\.alarm.actions.alarm) == [[Self.topic]])
        let variable = try Self.alarms(variables: ["TOPIC_ARN": "arn:aws:sns:{region}:{account}:alarms"])
        #expect(variable.alarms.map(\.alarm.actions.ok) == [[Self.topic]])
        let own = try Self.alarms(
            "  insufficient_data_actions: ['arn:aws:sns:us-east-1:123456789012:a', 'arn:aws:sns:{region}:1:b']\n")
        #expect(own.alarms.map(\.alarm.actions.insufficientData) == [["arn:aws:sns:eu-central-1:1:b"]])
        #expect(own.notices.count == 1)
        #expect(own.notices.first?.text.hasPrefix("alarms.yaml:1: its alarms in 123456789012/eu-central-1") == true)
    }

    // MARK: Faults

    /// Each line replaces the one with the same key, or is added.
    static let faults: [(line: String, text: String)] = [
        (
            "operator: MoreThanThreshold",
            "line 6: [0](load1).operator: CloudWatch has no operator MoreThanThreshold, did you mean "
                + "GreaterThanThreshold?"
        ),
        (
            "operator: GreaterThanOrEqualThreshold",
            "line 6: [0](load1).operator: CloudWatch has no operator GreaterThanOrEqualThreshold, did you mean "
                + "GreaterThanOrEqualToThreshold?"
        ),
        (
            "operator: gt",
            "line 6: [0](load1).operator: CloudWatch has no operator gt, expected one of GreaterThanThreshold, "
                + "GreaterThanOrEqualToThreshold, LessThanThreshold, LessThanOrEqualToThreshold"
        ),
        (
            "operator: GreaterThanUpperThreshold",
            "line 6: [0](load1).operator: GreaterThanUpperThreshold needs an anomaly band: write this alarm in a rules "
                + "file of Tocsin's form"
        ),
        ("stat: average", "line 3: [0](load1).stat: CloudWatch has no statistic average, did you mean Average?"),
        (
            "period: 90",
            "line 4: [0](load1).period is \"90\", expected 10, 20, 30 or a multiple of 60 seconds"
        ),
        ("eval_period: 0", "line 5: [0](load1).eval_period is \"0\", expected a whole number, 1 or more"),
        ("threshold: much", "line 7: [0](load1).threshold is \"much\", expected a number"),
        ("threshold:", "line 7: [0](load1).threshold is not set, expected a number"),
        ("datapoints: 6", "line 8: [0](load1).datapoints is \"6\", expected a whole number from 1 to 5"),
        (
            "treat_missing_data: bad",
            "line 8: [0](load1).treat_missing_data is \"bad\", expected one of missing, ignore, breaching, notBreaching"
        ),
        ("dimension: []", "line 8: [0](load1).dimension: unknown key, did you mean dimensions?"),
        (
            "alarm_actions: [team]",
            "line 8: [0](load1).alarm_actions[0] is \"team\", expected the ARN of a topic or another target"
        ),
        (
            "dimensions: [{type: statik, name: host, value: [a]}]",
            "line 8: [0](load1).dimensions[0].type: there is no type statik, did you mean static?"
        ),
        (
            "dimensions: [{type: static, name: host, values: [a]}]",
            "line 8: [0](load1).dimensions[0].value is not set, expected a list of values"
        ),
        (
            "dimensions: [{type: static, name: host, value: [\"\"]}]",
            "line 8: [0](load1).dimensions[0].value[0] is \"\", expected a value"
        ),
        (
            "dimensions: [{type: static, name: host, value: [a]}, {type: static, name: host, value: [b]}]",
            "line 8: [0](load1).dimensions[1].name: the dimension host is there twice: put the values into one list"
        ),
        (
            "dimensions: [{type: ec2_instances, name: host, dns_search: \"*\"}]",
            "line 8: [0](load1).dimensions[0].dns_search: \"*\" is no regular expression (quantifier does not follow a "
                + "repeatable item): write \"\" for every name"
        ),
    ]

    @Test(arguments: faults)
    func fault(line: String, text: String) throws {
        let key = line.prefix { $0 != ":" }
        var lines = Self.base.split(separator: "\n").map { String($0) }
        if let place = lines.firstIndex(where: { $0.hasPrefix("  \(key):") }) {
            lines[place] = "  \(line)"
        } else {
            lines.append("  \(line)")
        }
        let error = #expect(throws: ProvisionerError.self) { try Self.file(lines.joined(separator: "\n")) }
        #expect(error?.code == .invalid)
        #expect(
            error?.message.split(separator: "\n").map { $0.replacingOccurrences("alarms.yaml: ") }.contains(text)
                == true)
    }

    @Test func allFaultsAreTold() {
        let error = #expect(throws: ProvisionerError.self) {
            try Self.file("- {alert_metric: a, stat: Averag}\n- {namespace: n, operator: MoreThanThreshold}\n")
        }
        let paths = (error?.message ?? "").split(separator: "\n").dropFirst().map { line in
            String(line.split(separator: " ")[2].prefix { $0 != ":" })
        }
        #expect(
            paths == [
                "[0](a).namespace", "[0](a).stat", "[0](a).period", "[0](a).eval_period", "[0](a).operator",
                "[0](a).threshold", "[1].alert_metric", "[1].stat", "[1].period", "[1].eval_period", "[1].operator",
                "[1].threshold",
            ])
    }

    static let noFiles = [
        ("", "line 1: expected a list of alarms, each with alert_metric, namespace, stat, …"),
        ("[]", "line 1: expected a list of alarms, each with alert_metric, namespace, stat, …"),
        ("rules: []", "line 1: expected a list of alarms, each with alert_metric, namespace, stat, …"),
        ("- a", "line 1: [0]: expected a mapping of keys to values"),
    ]

    @Test(arguments: noFiles)
    func noFile(text: String, message: String) {
        let error = #expect(throws: ProvisionerError.self) { try Self.file(text) }
        #expect(error?.message == "alarms.yaml: \(message)")
    }

    static let forms = [(base, true), ("- {eval_period: 1}", true), ("- {name: a}", false), ("rules: []", false)]

    @Test(arguments: forms)
    func itsFormIsRecognized(text: String, isOriginal: Bool) throws {
        #expect(OriginalAlarmsFile.recognizes(try YAMLNode(parsing: Array(text.utf8))) == isOriginal)
    }

    // MARK: Settings

    @Test func aMisspelledKeyDoesNotHideTheForm() throws {
        #expect(OriginalAlarmsFile.recognizes(try YAMLNode(parsing: Array("- alert_metrc: a".utf8))))
    }

    @Test func moreKeysThanTheOriginalHas() throws {
        let alarms = try Self.alarms(
            """
              datapoints: 3
              treat_missing_data: ignore
              unit: Count
              description: The load is high
              severity: critical
              name_suffix: high
              ok_actions: []
              insufficient_data_actions: arn:aws:sns:eu-central-1:123456789012:other
            """
        ).alarms
        let alarm = try #require(alarms.first?.alarm)
        let statistic = MetricStatistic(
            namespace: "Monitoring/Telegraf", metric: "load1", statistic: "Average", period: 60, unit: "Count")
        #expect(
            alarm
                == Alarm(
                    name: "alert-load1-high", description: "The load is high",
                    condition: .metric(
                        MetricCondition(
                            data: .metric(statistic), threshold: .value(.greater, 4), evaluationPeriods: 5,
                            datapointsToAlarm: 3, missingData: .ignore)),
                    actions: AlarmActions(
                        alarm: [Self.topic], ok: [],
                        insufficientData: ["arn:aws:sns:eu-central-1:123456789012:other"]),
                    tags: [
                        "severity": "critical", "tocsin:owner": "tocsin", "tocsin:rule": "load1",
                        "tocsin:origin": "alarms.yaml",
                    ]))
    }

    @Test func theReasonNamesTheLine() throws {
        let reason = try #require(try Self.alarms().alarms.first?.reason)
        #expect(reason.origin == RuleOrigin(.original, file: "alarms.yaml", line: 1))
        #expect(reason.threshold == "4, as alarms.yaml:1 says")
        #expect(reason.resource == nil)
    }

    static let topicRows: [(variables: [String: String], topics: [String: [String]], actions: [String])] = [
        (["TOPIC_ARN": topic], ["": ["other"]], [topic]),
        ([:], ["": ["other"]], ["other"]),
        ([:], ["": ["other"], "warning": ["warn"]], ["warn"]),
        ([:], [:], []),
    ]

    @Test(arguments: topicRows)
    func topics(variables: [String: String], topics: [String: [String]], actions: [String]) throws {
        let result = try Self.alarms(options: AlarmOptions(topics: topics), variables: variables)
        #expect(result.alarms.map(\.alarm.actions) == [AlarmActions(alarm: actions, ok: actions)])
        #expect(result.notices.isEmpty == !actions.isEmpty)
    }

    static let wrongVariables: [(variables: [String: String], text: String)] = [
        (["TOPIC_ARN": "alarms"], "TOPIC_ARN[0] is \"alarms\", expected the ARN of a topic, arn:aws:sns:…"),
        (
            ["TOPIC_ARN": "arn:aws:sns:REGION:ACCOUNT:SNSTOPIC"],
            "TOPIC_ARN[0] is \"arn:aws:sns:REGION:ACCOUNT:SNSTOPIC\", expected the ARN of a topic, arn:aws:sns:…"
        ),
        (["INSTANCE_TAGS": "a=b,="], "INSTANCE_TAGS[1] is \"=\", expected key=value, key=value"),
    ]

    @Test(arguments: wrongVariables)
    func wrongVariable(variables: [String: String], text: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try Environment(variables).parse { OriginalSettings($0) }
        }
        #expect(error?.description.containsBytes(text) == true)
    }

    // MARK: Names

    @Test func theLastOfTwoAlarmsKeepsTheNameAndBothAreMade() throws {
        let result = try Self.alarms(Self.base.replacingBytes("threshold: 4", with: "threshold: 8"))
        #expect(result.alarms.map(\.alarm.name) == ["alert-load1-GreaterThanThreshold-4", "alert-load1"])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "alarms.yaml:1 and alarms.yaml:8 ask for different alarms with one name, alert-load1, of which "
                        + "CloudWatch would keep the last: that of alarms.yaml:1 is named "
                        + "alert-load1-GreaterThanThreshold-4 instead")
            ])
    }

    @Test func theSameAlarmTwiceIsOne() throws {
        let result = try Self.alarms(Self.base)
        #expect(result.alarms.count == 1)
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "alarms.yaml:1: the alarm alert-load1 is asked for twice, in alarms.yaml:8, too: remove one")
            ])
    }

    /// They differ in the period only, so that operator and threshold do not tell them apart.
    @Test func threeAlarmsWithOneNameAreThree() throws {
        let result = try Self.alarms(
            Self.base.replacingBytes("period: 60", with: "period: 120")
                + Self.base.replacingBytes("period: 60", with: "period: 180"))
        #expect(Set(result.alarms.map(\.alarm.name)).count == 3)
        #expect(result.alarms.last?.alarm.name == "alert-load1")
    }

    @Test(arguments: [(244, 0), (245, 1)])
    func aNameOfMoreThan255CharactersIsCut(length: Int, notices: Int) throws {
        let result = try Self.alarms("  name_suffix: \(String(repeating: "x", count: length - 1))\n")
        #expect(result.alarms.map(\.alarm.name.count) == [min(255, 12 + length - 1)])
        #expect(result.notices.count == notices)
    }

    // MARK: Instances

    private static let search =
        "  dimensions: [{type: ec2_instances, name: host, dns_search: web, has_tags: "
        + "[{Key: App, Value: shop}]}]\n"
    private static let nameless = OriginalHost(instance: "i-1", address: "10.0.0.1", tags: ["App": "shop"])
    private static let web = OriginalHost(
        instance: "i-2", address: "10.0.0.2", tags: ["MyApp": "shop-eu"], name: "web-2.internal")

    @Test func anAlarmOfAnInstanceBelongsToIt() throws {
        let result = try Self.alarms(
            Self.search, hosts: OriginalHosts(hosts: [Self.web]), options: AlarmOptions(copiedTags: ["MyApp", "Team"]))
        let reason = try #require(result.alarms.first?.reason)
        #expect(result.alarms.first?.alarm.tags["MyApp"] == "shop-eu")
        #expect(
            result.alarms.first?.alarm.tags["tocsin:resource"] == "arn:aws:ec2:eu-central-1:123456789012:instance/i-2")
        #expect(reason.kind == .ec2Instance)
        #expect(reason.resource == "arn:aws:ec2:eu-central-1:123456789012:instance/i-2")
    }

    @Test func anInstanceWithoutANameIsTold() throws {
        let result = try Self.alarms(Self.search, hosts: OriginalHosts(hosts: [Self.nameless, Self.web]))
        #expect(result.alarms.map(\.alarm.name) == ["alert-load1-web-2.internal"])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "alarms.yaml:1: dimension host: no record in Route 53 has the address 10.0.0.1 of i-1, so that "
                        + "there is no alarm for it: add a record")
            ])
    }

    @Test func anInstanceWithoutANameIsAFaultWhereEveryNameIsMeant() throws {
        let result = try Self.alarms(
            Self.search.replacingBytes("web", with: "\"\""), hosts: OriginalHosts(hosts: [Self.nameless, Self.web]))
        #expect(result.notices.map(\.level) == [.error])
    }

    @Test func nothingFoundIsTold() throws {
        let result = try Self.alarms(Self.search)
        #expect(result.alarms == [])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "alarms.yaml:1: dimension host: no instance has the tags and a name that dns_search matches, so "
                        + "that load1 makes no alarm")
            ])
    }

    @Test func whatIsNotKnownIsNotToldAsAFaultOfTheFile() throws {
        let reason = IncompleteDiscovery(kind: .ec2Instance, scope: Self.scope, reason: "denied")
        let result = try Self.alarms(
            Self.search, hosts: OriginalHosts(hosts: [Self.nameless], incomplete: [reason]))
        #expect(result.notices == [])
    }

    static let parts: [(tags: [String: String], matches: Bool)] = [
        (["Product": "Energy"], true), (["ProductLine": "Energy-EU"], true), (["Product": "energy"], false),
        (["Prod": "Energy"], false), (["Product": "Water", "Other": "Energy"], false), ([:], false),
    ]

    @Test(arguments: parts)
    func tagsAreComparedAsParts(tags: [String: String], matches: Bool) {
        #expect(TagPart(key: "Product", value: "Energy").matches(tags) == matches)
    }
}

extension Substring {
    fileprivate func replacingOccurrences(_ text: String) -> String { String(self).replacingBytes(text, with: "") }
}
