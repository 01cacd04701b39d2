import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

/// How keys of tags are read, and what is said about wrong ones.
struct AutoAlarmKeyTests {
    private static let vocabulary = AutoAlarmKey.Vocabulary(
        agentNamespace: "my-agent", dimensions: ["InstanceId", "device", "fstype", "path", "queue-name"])
    private static let end = "-GreaterThanThreshold-5m-1-Average"

    struct SubjectRow: Sendable, CustomTestStringConvertible {
        var text: String
        var namespace: String
        var metric: String
        var dimensions: [AutoAlarmKey.Dimension]
        var testDescription: String { text }

        init(_ text: String, _ namespace: String, _ metric: String, _ dimensions: (String, String)...) {
            (self.text, self.namespace, self.metric) = (text, namespace, metric)
            self.dimensions = dimensions.map { AutoAlarmKey.Dimension(name: $0.0, value: $0.1) }
        }
    }

    static let subjects = [
        SubjectRow("AWS/EC2-CPUUtilization", "AWS/EC2", "CPUUtilization"),
        SubjectRow("Shop-Orders-Site-fra-Kind-web", "Shop", "Orders", ("Site", "fra"), ("Kind", "web")),
        SubjectRow("CWAgent-disk-device-*-path-*", "CWAgent", "disk", ("device", "*"), ("path", "*")),
        // Dashes of values, where dimensions are known: an odd number of parts, and an even one.
        SubjectRow("CWAgent-disk-device-dm-0", "CWAgent", "disk", ("device", "dm-0")),
        SubjectRow(
            "CWAgent-disk-device-dm-0-fstype-xfs-path-/a-b", "CWAgent", "disk", ("device", "dm-0"), ("fstype", "xfs"),
            ("path", "/a-b")),
        SubjectRow("CWAgent-disk-device-dm-0-path-/a-b-c", "CWAgent", "disk", ("device", "dm-0"), ("path", "/a-b-c")),
        // Dashes of names.
        SubjectRow("CWAgent-age-queue-name-mail", "CWAgent", "age", ("queue-name", "mail")),
        SubjectRow("my-agent-disk-path-/", "my-agent", "disk", ("path", "/")),
        SubjectRow("my-agent-mem", "my-agent", "mem"),
        SubjectRow("Shop-open-orders", "Shop", "open-orders"),
        SubjectRow("Shop-open-orders-InstanceId-i-1", "Shop", "open-orders", ("InstanceId", "i-1")),
        // Two dashes are one that separates nothing.
        SubjectRow("my--shop-open--orders-Kind-a--b", "my-shop", "open-orders", ("Kind", "a-b")),
    ]

    @Test(arguments: subjects)
    func subject(row: SubjectRow) throws {
        let key = try AutoAlarmKey((row.text + Self.end)[...], Self.vocabulary)
        #expect(key.namespace == row.namespace)
        #expect(key.metric == row.metric)
        #expect(key.dimensions == row.dimensions)
    }

    struct ConditionRow: Sendable, CustomTestStringConvertible {
        var text: String
        var period: Int
        var periods: Int
        var datapoints: Int
        var statistic: String
        var description: String?
        var inName: String?
        var testDescription: String { text }

        init(
            _ text: String, _ period: Int, _ periods: Int, of datapoints: Int? = nil, _ statistic: String,
            _ description: String? = nil, inName: String? = nil
        ) {
            (self.text, self.period, self.periods, self.statistic) = (text, period, periods, statistic)
            (self.datapoints, self.description, self.inName) = (datapoints ?? periods, description, inName)
        }
    }

    static let conditions = [
        ConditionRow("5m-1-Average", 300, 1, "Average"),
        ConditionRow("10s-3-Sum", 10, 3, "Sum"),
        ConditionRow("60s-2-Maximum", 60, 2, "Maximum"),
        ConditionRow("1d-1-p99.9", 86_400, 1, "p99.9"),
        ConditionRow("1w-1-tm90", 604_800, 1, "tm90"),
        // Without a number of periods, as in old keys.
        ConditionRow("5m-SampleCount", 300, 1, "SampleCount"),
        ConditionRow("5m-p50-Slow", 300, 1, "p50", "Slow", inName: "Slow"),
        ConditionRow("1h-3of5-Average", 3_600, 5, of: 3, "Average"),
        ConditionRow("5m-1-Average-A_long_text", 300, 1, "Average", "A long text", inName: "A_long_text"),
        ConditionRow("5m-1-Average-CPU_of-the_shop", 300, 1, "Average", "CPU of-the shop", inName: "CPU_of"),
    ]

    @Test(arguments: conditions)
    func condition(row: ConditionRow) throws {
        let key = try AutoAlarmKey("AWS/EC2-CPUUtilization-LessThanThreshold-\(row.text)"[...], Self.vocabulary)
        #expect(key.comparison == .number(.less))
        #expect(key.period == row.period)
        #expect(key.evaluationPeriods == row.periods)
        #expect(key.datapointsToAlarm == row.datapoints)
        #expect(key.statistic == row.statistic)
        #expect(key.description == row.description)
        #expect(key.descriptionInName == row.inName)
    }

    static let faults = [
        ("AWS/EC2-CPUUtilization", "it needs at least a namespace, a metric and an operator"),
        (
            "AWS/EC2-CPUUtilization-MoreThanThreshold-5m-1-Average",
            "there is no operator MoreThanThreshold, did you mean GreaterThanThreshold?"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanTreshold-5m-1-Average",
            "there is no operator GreaterThanTreshold, did you mean GreaterThanThreshold?"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-5x-1-Average",
            "the period \"5x\" is none: write 10s, 20s, 30s or whole minutes such as 5m"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-90s-1-Average",
            "the period \"90s\" is none: write 10s, 20s, 30s or whole minutes such as 5m"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-9999999999999999w-1-Average",
            "the period \"9999999999999999w\" is none: write 10s, 20s, 30s or whole minutes such as 5m"
        ),
        ("AWS/EC2-CPUUtilization-GreaterThanThreshold-5m-1", "it has no statistic after the period"),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-5m-1-Averag",
            "there is no statistic Averag, did you mean Average?"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-5m-4of3-Average",
            "there is no statistic 4of3, expected Average, Sum, Minimum, Maximum, SampleCount or a percentile such "
                + "as p99"
        ),
        (
            "AWS/EC2-CPUUtilization-GreaterThanThreshold-5m-1-p101",
            "there is no statistic p101, expected Average, Sum, Minimum, Maximum, SampleCount or a percentile such "
                + "as p99"
        ),
        (
            "Shop-Orders-Kind-a-b-GreaterThanThreshold-5m-1-Average",
            "its dimensions and values are no pairs: write a dash that belongs to a name twice, as in dm--0"
        ),
        (
            "-Orders-GreaterThanThreshold-5m-1-Average", "it needs a namespace and a metric before the operator"
        ),
    ]

    @Test(arguments: faults)
    func fault(text: String, message: String) {
        #expect(throws: AutoAlarmKeyError(message: message)) { try AutoAlarmKey(text[...], Self.vocabulary) }
    }

    /// Without a limit on the readings this would take for ever.
    @Test func aNameThatIsRepeatedIsAmbiguous() {
        let text = "CWAgent-disk-" + Array(repeating: "device", count: 41).joined(separator: "-") + Self.end
        let error = #expect(throws: AutoAlarmKeyError.self) { try AutoAlarmKey(text[...], Self.vocabulary) }
        #expect(error?.message.hasPrefix("its dimensions and values are no pairs") == true)
    }
}
