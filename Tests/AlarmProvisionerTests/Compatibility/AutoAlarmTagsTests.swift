import AWS
import Basics
import CloudWatchAlarms
import Configuration
import JSON
import TestSupport
import Testing
import Transport

@testable import AlarmProvisioner

/// What amazon-cloudwatch-auto-alarms cannot do, or does wrong.
struct AutoAlarmTagsTests {
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    private static let topic = "arn:aws:sns:eu-central-1:123456789012:alarms"

    private static func resource(
        _ kind: ResourceKind = .queue, name: String = "orders", tags: [String: String],
        dimensions: [String: String] = ["QueueName": "orders"], attributes: [String: String] = [:]
    ) -> WatchedResource {
        WatchedResource(
            kind: kind, scope: scope, id: "arn:\(name)", name: name,
            tags: tags.merging(["Create_Auto_Alarms": ""]) { $1 }, dimensions: dimensions, attributes: attributes)
    }

    private static func instance(_ tags: [String: String] = [:], _ dimensions: [String: String]) -> WatchedResource {
        resource(.ec2Instance, name: "i-1", tags: tags, dimensions: dimensions)
    }

    private static func dimensions(_ alarm: DesiredAlarm) -> [String: String] {
        guard case .metric(let condition) = alarm.alarm.condition, case .queries(let queries) = condition.data,
            case .metric(let statistic, _)? = queries.first?.source
        else { return [:] }
        return statistic.dimensions
    }

    private static let age = "AutoAlarm-AWS/SQS-ApproximateAgeOfOldestMessage-GreaterThanThreshold-5m-1-Maximum"

    // MARK: Kinds

    @Test func aQueueGetsTheAlarmOfItsTag() throws {
        let resource = Self.resource(tags: [Self.age: "60"])
        let result = AutoAlarmTags().alarms(for: [resource], options: AlarmOptions())
        let alarm = try #require(result.alarms.first)
        #expect(
            alarm.alarm.name
                == "AutoAlarm-orders-AWS/SQS-ApproximateAgeOfOldestMessage-GreaterThanThreshold-60-5m-1p-Maximum")
        #expect(Self.dimensions(alarm) == ["QueueName": "orders"])
        #expect(
            alarm.alarm.tags == [
                "tocsin:owner": "tocsin", "tocsin:origin": "tag", "tocsin:resource": "arn:orders",
                "tocsin:rule": "AutoAlarm-AWS/SQS-ApproximateAgeOfOldestMessage-GreaterThanThreshold",
                "severity": "warning",
            ])
        #expect(alarm.reason.kind == .queue)
        #expect(alarm.reason.resource == "arn:orders")
        #expect(result.notices == [])
    }

    @Test func aDimensionOfTheTagReplacesThatOfTheResource() {
        let tag = "AutoAlarm-AWS/SQS-Age-QueueName-other-GreaterThanThreshold-5m-1-Maximum"
        let result = AutoAlarmTags().alarms(for: [Self.resource(tags: [tag: "60"])], options: AlarmOptions())
        #expect(result.alarms.map { Self.dimensions($0) } == [["QueueName": "other"]])
    }

    @Test func eachKindHasOneRowForANamespace() {
        let names = AutoAlarmDimensions.rows.map { "\($0.kind.rawValue) \($0.namespace)" }
        #expect(Set(names).count == names.count)
    }

    /// The variables, the tag `notify`, and who is told.
    @Test(
        arguments: [
            ([:], nil, ["arn:aws:sns:eu-central-1:123456789012:default"], 0),
            (
                ["DEFAULT_ALARM_SNS_TOPIC_ARN": "arn:aws:sns:{region}:{account}:a"], nil,
                ["arn:aws:sns:eu-central-1:123456789012:a"], 0
            ),
            (["DEFAULT_ALARM_SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:a"], nil, [], 1),
            ([:], "arn:aws:sns:eu-central-1:123456789012:mine", ["arn:aws:sns:eu-central-1:123456789012:mine"], 0),
            ([:], "arn:aws:sns:us-east-1:123456789012:mine", [], 1),
        ] as [([String: String], String?, [String], Int)])
    private func topicsAreThoseOfTheRegion(
        variables: [String: String], notify: String?, told: [String], notices: Int
    ) throws {
        let settings = try Environment(variables).parse { AutoAlarmSettings($0) }
        var tags = [Self.age: "60"]
        tags["notify"] = notify
        let resources = ["a", "b"].map { Self.resource(name: $0, tags: tags) }
        let result = AutoAlarmTags(settings: settings).alarms(
            for: resources, options: AlarmOptions(topics: ["": ["arn:aws:sns:{region}:{account}:default"]]))
        #expect(result.alarms.map(\.alarm.actions.alarm) == [told, told])
        #expect(result.notices.count == (notify == nil ? notices : 2 * notices))
    }

    @Test(arguments: ["terminated", "shutting-down"])
    func whatIsGoneGetsNothing(state: String) {
        let resource = Self.resource(tags: [Self.age: "60"], attributes: ["state": state])
        #expect(AutoAlarmTags().alarms(for: [resource], options: AlarmOptions()).alarms == [])
    }

    @Test func whatIsStoppedKeepsItsAlarms() {
        let resource = Self.resource(tags: [Self.age: "60"], attributes: ["state": "stopped"])
        #expect(AutoAlarmTags().alarms(for: [resource], options: AlarmOptions()).alarms.count == 1)
    }

    @Test func withoutTheTagThatAsksForThemThereAreNone() {
        let resource = WatchedResource(
            kind: .queue, scope: Self.scope, id: "a", name: "orders", tags: [Self.age: "60"])
        #expect(AutoAlarmTags().alarms(for: [resource], options: AlarmOptions()).alarms == [])
    }

    // MARK: Faults

    static let faults: [(tags: [String: String], text: String)] = [
        (
            ["AutoAlarm-AWS/SQS-Age-MoreThanThreshold-5m-1-Sum": "1"],
            "tag AutoAlarm-AWS/SQS-Age-MoreThanThreshold-5m-1-Sum of orders: there is no operator MoreThanThreshold, "
                + "did you mean GreaterThanThreshold?"
        ),
        ([age: "many"], "tag \(age) of orders: its value \"many\" is no threshold: write a number, or off"),
        ([age: "inf"], "tag \(age) of orders: its value \"inf\" is no threshold: write a number, or off"),
        ([age: ""], "tag \(age) of orders: its value \"\" is no threshold: write a number, or off"),
        (
            [age: "60", "notify": "team-a"],
            "tag notify of orders: \"team-a\" is not the ARN of a topic, so that the usual topics are told: write "
                + "arn:aws:sns:…"
        ),
    ]

    @Test(arguments: faults)
    func fault(tags: [String: String], text: String) {
        let result = AutoAlarmTags().alarms(for: [Self.resource(tags: tags)], options: AlarmOptions())
        #expect(result.notices == [RuleNotice(.error, text)])
    }

    @Test func aWrongTagDoesNotKeepTheOthersFromTheirAlarms() {
        let result = AutoAlarmTags().alarms(
            for: [Self.resource(tags: ["AutoAlarm-x": "1", Self.age: "60"])], options: AlarmOptions())
        #expect(result.alarms.count == 1)
        #expect(result.notices.count == 1)
    }

    // MARK: Actions

    static let topicRows: [(tags: [String: String], variables: [String: String], topics: [String])] = [
        ([:], [:], []),
        ([:], ["DEFAULT_ALARM_SNS_TOPIC_ARN": topic], [topic]),
        (
            [:], ["SNS_TOPIC_NAME": "central", "SNS_TOPIC_ACCOUNT": "210987654321"],
            ["arn:aws:sns:eu-central-1:210987654321:central"]
        ),
        (
            ["notify": "arn:aws:sns:eu-central-1:1:team"], ["DEFAULT_ALARM_SNS_TOPIC_ARN": topic],
            ["arn:aws:sns:eu-central-1:1:team"]
        ),
        (["notify": "team"], ["DEFAULT_ALARM_SNS_TOPIC_ARN": topic], [topic]),
    ]

    @Test(arguments: topicRows)
    func toldTopics(tags: [String: String], variables: [String: String], topics: [String]) throws {
        let settings = try Environment(variables).parse { AutoAlarmSettings($0) }
        let resource = Self.resource(tags: tags.merging([Self.age: "60"]) { $1 })
        let alarm = AutoAlarmTags(settings: settings).alarms(for: [resource], options: AlarmOptions()).alarms.first
        #expect(alarm?.alarm.actions.alarm == topics)
        #expect(alarm?.alarm.actions.ok == topics)
    }

    // MARK: Defaults and wild cards

    @Test(arguments: [("off", 0), ("OFF", 0), ("90", 2)])
    func aDefaultCanBeSwitchedOff(value: String, count: Int) {
        let tag = "AutoAlarm-AWS/RDS-CPUUtilization-GreaterThanThreshold-5m-1-Average"
        let resource = Self.resource(
            .rdsInstance, tags: [tag: value], dimensions: ["DBInstanceIdentifier": "orders"])
        #expect(AutoAlarmTags().alarms(for: [resource], options: AlarmOptions()).alarms.count == count)
    }

    @Test func offMeansOneOperatorOnly() {
        let tag = "AutoAlarm-AWS/RDS-CPUUtilization-LessThanThreshold-5m-1-Average"
        let resource = Self.resource(.rdsInstance, tags: [tag: "off"], dimensions: ["DBInstanceIdentifier": "orders"])
        #expect(AutoAlarmTags().alarms(for: [resource], options: AlarmOptions()).alarms.count == 1)
    }

    private static let disks = "AutoAlarm-CWAgent-disk_used_percent-device-*-path-*-GreaterThanThreshold-5m-1-Average"
    private static let whole = ["InstanceId": "i-1", "ImageId": "ami-1", "InstanceType": "t3.micro"]

    @Test func aWildCardMeansTheSeriesWithItsDimensionsAlone() {
        var facts = AutoAlarmFacts()
        let own = ["device": "sda", "path": "/"].merging(Self.whole) { $1 }
        for series in [
            own, own,  // The same twice makes one alarm.
            own.merging(["device": "sdb", "path": "/b"]) { $1 },
            own.merging(["fstype": "xfs"]) { $1 },
            own.merging(["InstanceId": "i-2"]) { $1 },
            Self.whole,
        ] { facts.series.add(series, of: MetricName("CWAgent", "disk_used_percent"), in: Self.scope) }
        let elsewhere = AlarmScope(account: "1", region: "eu-west-1")
        facts.series.add(own, of: MetricName("CWAgent", "disk_used_percent"), in: elsewhere)
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let result = AutoAlarmTags(settings: settings).alarms(
            for: [Self.instance([Self.disks: "80"], Self.whole)], facts: facts, options: AlarmOptions())
        #expect(result.alarms.map { Self.dimensions($0)["path"] } == ["/", "/b"])
        #expect(result.notices == [])
    }

    @Test func aWildCardWithoutSeriesIsTold() {
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let result = AutoAlarmTags(settings: settings).alarms(
            for: [Self.instance([Self.disks: "80"], Self.whole)], options: AlarmOptions())
        #expect(result.alarms == [])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "tag \(Self.disks) of i-1: CloudWatch has no metric disk_used_percent with such dimensions yet, so "
                        + "that there is no alarm; the next run looks again")
            ])
    }

    @Test func dimensionsThatDiscoveryDoesNotKnowComeFromSeries() {
        let tag = "AutoAlarm-CWAgent-swap-GreaterThanThreshold-5m-1-Average"
        let resource = Self.instance([tag: "30"], ["InstanceId": "i-1"])
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let tags = AutoAlarmTags(settings: settings)
        #expect(
            tags.needs(of: [resource]).metrics == [
                AutoAlarmNeeds.Metric(
                    scope: Self.scope, name: MetricName("CWAgent", "swap"), kind: .ec2Instance, instance: "i-1")
            ])
        var facts = AutoAlarmFacts()
        facts.series.add(Self.whole, of: MetricName("CWAgent", "swap"), in: Self.scope)
        let alarms = tags.alarms(for: [resource], facts: facts, options: AlarmOptions()).alarms
        #expect(alarms.map { Self.dimensions($0) } == [Self.whole])
    }

    @Test func anUnknownDimensionIsLeftOutAndTold() {
        let tag = "AutoAlarm-CWAgent-swap-GreaterThanThreshold-5m-1-Average"
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let result = AutoAlarmTags(settings: settings).alarms(
            for: [Self.instance([tag: "30"], ["InstanceId": "i-1"])], options: AlarmOptions())
        #expect(result.alarms.map { Self.dimensions($0) } == [["InstanceId": "i-1"]])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "tag \(tag) of i-1: the value of ImageId, InstanceType is not known, so that the alarm is made "
                        + "without it")
            ])
    }

    @Test func anAlarmWhoseDimensionsCouldNotBeListedStaysAsItIs() {
        let tag = "AutoAlarm-CWAgent-swap-GreaterThanThreshold-5m-1-Average"
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let tags = AutoAlarmTags(settings: settings)
        var facts = AutoAlarmFacts()
        facts.noteUnlisted(MetricName("CWAgent", "swap"), in: Self.scope)
        // A page that was read before the failure has a series, of perhaps several.
        facts.series.add(Self.whole, of: MetricName("CWAgent", "swap"), in: Self.scope)
        let result = tags.alarms(
            for: [Self.instance([tag: "30"], ["InstanceId": "i-1"])], facts: facts, options: AlarmOptions())
        #expect(result.alarms == [])
        #expect(
            result.notices == [
                RuleNotice(
                    .warning,
                    "tag \(tag) of i-1: its alarm stays as it is, because the dimensions of swap could not be listed")
            ])
        var other = AutoAlarmFacts()
        other.noteUnlisted(MetricName("CWAgent", "mem"), in: Self.scope)
        #expect(
            tags.alarms(
                for: [Self.instance([tag: "30"], ["InstanceId": "i-1"])], facts: other, options: AlarmOptions()
            ).alarms.count == 1)
    }

    @Test func copiedTagsAreThoseThatAlarmsCanHave() {
        var options = AlarmOptions()
        options.copiedTags = ["team", "aws:autoscaling:groupName", "severity"]
        let tags = ["team": "a,b", "aws:autoscaling:groupName": "web", "severity": "high"]
        let alarm = AutoAlarmTags().alarms(for: [Self.instance(tags, Self.whole)], options: options).alarms.first?.alarm
        #expect(alarm?.tags["team"] == "a_b")
        #expect(alarm?.tags["aws:autoscaling:groupName"] == nil)
        #expect(alarm?.tags["severity"] == "warning")
    }

    @Test func nothingIsLookedUpForWhatIsKnown() {
        let tag = "AutoAlarm-CWAgent-swap-GreaterThanThreshold-5m-1-Average"
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        #expect(
            AutoAlarmTags(settings: settings).needs(of: [Self.instance([tag: "30"], Self.whole)]) == AutoAlarmNeeds())
    }

    @Test func manyInstancesAreListedInOneGo() {
        let resources = ["i-1", "i-2"].map { id in
            Self.resource(
                .ec2Instance, name: id, tags: [Self.disks: "80"],
                dimensions: ["InstanceId": id, "ImageId": "ami-1", "InstanceType": "t3.micro"])
        }
        let needs = AutoAlarmTags().needs(of: resources)
        #expect(needs.metrics.map(\.instance) == [nil])
        #expect(needs.images == [Self.scope: ["ami-1"]])
    }

    // MARK: Look-ups

    /// On moto, which has 500 metrics on a page.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func allPagesOfMetricsAreReadAndFaultsAreTold() async throws {
        let moto = try MotoServer()
        defer { moto.stop() }
        let loop = try EventLoop.onOwnThread()
        let aws = try AWSConfiguration(environment: moto.environment, loop: loop)
        let cloudWatch = try AWSClient(.cloudWatch, configuration: aws)
        let dimensions = Self.whole.map { ["Name": .string($0.key), "Value": .string($0.value)] as JSONValue }
        for part in 0..<6 {
            let data = (0..<100).map { number -> JSONValue in
                let device: JSONValue = ["Name": "device", "Value": .string("d\(part)-\(number)")]
                return ["MetricName": "disk", "Value": 1, "Dimensions": .array(dimensions + [device])]
            }
            _ = try await cloudWatch.call("PutMetricData", ["Namespace": "CWAgent", "MetricData": .array(data)])
        }
        let tag = "AutoAlarm-CWAgent-disk-device-*-GreaterThanThreshold-5m-1-Average"
        let resource = Self.instance([tag: "80"], Self.whole)
        var settings = AutoAlarmSettings()
        settings.makesDefaultAlarms = false
        let tags = AutoAlarmTags(settings: settings)
        var facts = AutoAlarmFacts()
        let lookup = try AutoAlarmLookup(
            cloudWatch: cloudWatch, ec2: AWSClient(.ec2, configuration: aws), scope: Self.scope)
        let result = await lookup.read(tags.needs(of: [resource]), into: &facts)
        #expect(result.calls == 2)
        #expect(result.incomplete == [])
        #expect(tags.alarms(for: [resource], facts: facts, options: AlarmOptions()).alarms.count == 600)

        moto.stop()
        let failed = await lookup.read(
            AutoAlarmTags().needs(of: [resource]), into: &facts, deadline: .now() + .milliseconds(200))
        #expect(failed.incomplete.map(\.kind) == [.ec2Instance, .ec2Instance])
        #expect(
            failed.incomplete.map { String($0.reason.prefix { $0 != ":" }) } == [
                "the metrics CWAgent disk cannot be listed", "the platforms of images cannot be read",
            ])
    }

    // MARK: Names

    @Test func aLongNameIsCutAndStaysUnique() {
        let description = String(repeating: "a", count: 60)
        let name = String(repeating: "q", count: 170)
        let resource = Self.resource(
            name: name, tags: [Self.age + "-\(description)b": "1", Self.age + "-\(description)c": "1"])
        let result = AutoAlarmTags().alarms(for: [resource], options: AlarmOptions())
        #expect(result.alarms.map(\.alarm.name.count) == [255, 255])
        #expect(Set(result.alarms.map(\.alarm.name)).count == 2)
        #expect(result.notices.map(\.level) == [.warning, .warning])
    }

    /// An instance and a cluster may have the same identifier.
    @Test func resourcesWithOneNameMakeTwoAlarms() throws {
        let resources = [
            Self.resource(.rdsInstance, tags: [:], dimensions: ["DBInstanceIdentifier": "orders"]),
            Self.resource(.rdsCluster, tags: [:], dimensions: ["DBClusterIdentifier": "orders"]),
        ]
        let result = AutoAlarmTags().alarms(for: resources, options: AlarmOptions())
        #expect(Set(result.alarms.map(\.alarm.name)).count == 2)
        #expect(result.notices.map(\.level) == [.warning])
    }

    @Test func oneNameInTwoRegionsIsNoCollision() {
        let other = WatchedResource(
            kind: .queue, scope: AlarmScope(account: "123456789012", region: "eu-west-1"), id: "other", name: "orders",
            tags: ["Create_Auto_Alarms": "", Self.age: "60"], dimensions: ["QueueName": "orders"])
        let result = AutoAlarmTags().alarms(
            for: [Self.resource(tags: [Self.age: "60"]), other], options: AlarmOptions())
        #expect(result.alarms.count == 2)
        #expect(result.notices == [])
    }

    /// The names have the description up to its first dash only.
    @Test func tagsWithOneNameMakeTwoAlarms() {
        let resource = Self.resource(tags: [Self.age + "-a-b": "1", Self.age + "-a-c": "1"])
        let result = AutoAlarmTags().alarms(for: [resource], options: AlarmOptions())
        #expect(Set(result.alarms.map(\.alarm.name)).count == 2)
        #expect(result.notices.map(\.level) == [.warning])
    }

    static let platformRows: [(details: String, image: String?, platform: AutoAlarmPlatform?)] = [
        ("Windows", nil, .windows), ("Windows with SQL Server Web", "x", .windows), ("windows", nil, .windows),
        ("SQL Server Standard", nil, .windows),
        ("Red Hat Enterprise Linux", nil, .redHat), ("SUSE Linux", nil, .suse),
        ("Linux/UNIX", "Ubuntu 24.04", .ubuntu), ("Linux/UNIX", "al2023", .amazonLinux), ("Linux/UNIX", nil, nil),
        ("", "ubuntu", nil),
    ]

    @Test(arguments: platformRows)
    func platform(details: String, image: String?, platform: AutoAlarmPlatform?) {
        #expect(AutoAlarmPlatform(details: details, image: image.map { ("image", $0) }) == platform)
        #expect(AutoAlarmPlatform(details: details, image: image.map { ($0, "") }) == platform)
    }

    static let wrongVariables: [(variables: [String: String], text: String)] = [
        (["ALARM_CPU_HIGH_THRESHOLD": "high"], "ALARM_CPU_HIGH_THRESHOLD is \"high\", expected a number"),
        (
            ["DEFAULT_ALARM_SNS_TOPIC_ARN": "alarms"],
            "DEFAULT_ALARM_SNS_TOPIC_ARN is \"alarms\", expected the ARN of a topic, arn:aws:sns:…"
        ),
        (["SNS_TOPIC_NAME": "a"], "SNS_TOPIC_ACCOUNT is not set, expected the account of SNS_TOPIC_NAME"),
        (["CREATE_DEFAULT_ALARMS": "maybe"], "CREATE_DEFAULT_ALARMS is \"maybe\", expected true or false"),
    ]

    @Test(arguments: wrongVariables)
    func wrongVariable(variables: [String: String], text: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try Environment(variables).parse { AutoAlarmSettings($0) }
        }
        #expect(error?.description == text)
    }
}
