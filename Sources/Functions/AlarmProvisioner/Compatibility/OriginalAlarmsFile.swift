public import Basics
import CloudWatchAlarms
public import Configuration
import ConfigurationSources
import RegularExpressions
public import YAML

/// The alarms file of j-sokol/CloudwatchMonitoring: a list of alarms, each for all combinations of its dimensions.
///
///     - alert_metric: disk_used_percent
///       namespace: "Monitoring/Telegraf"
///       stat: Average
///       period: 60
///       eval_period: 5
///       operator: GreaterThanThreshold
///       threshold: 85.0
///       dimensions:
///         - {type: ec2_instances, name: host, dns_search: elasticsearch, has_tags: [{Key: Application, Value: web}]}
///         - {type: static, name: device, value: [mapper/data]}
///
/// Keys that the original lacks: `datapoints` (M of N), `treat_missing_data`, `unit`, `description`, `severity`,
/// `name_suffix`, and the lists of ARNs `alarm_actions`, `ok_actions`, `insufficient_data_actions`.
public struct OriginalAlarmsFile: Sendable {
    /// The alarms in the order of the file.
    let entries: [OriginalAlarmEntry]
    /// Where the file is, for messages; nil for a text without a place.
    public let file: String?

    /// Whether the names of instances are needed: EC2 and Route 53 must then be asked.
    public var needsHosts: Bool {
        entries.contains { entry in entry.dimensions.contains { if case .hosts = $0.values { true } else { false } } }
    }

    /// Whether a document has this form: a list of mappings, of which one has a key that no other form has.
    public static func recognizes(_ node: YAMLNode) -> Bool {
        guard case .sequence(let elements) = node.kind else { return false }
        // One of the two may be misspelled.
        return elements.contains { element in
            guard case .mapping(let pairs) = element.kind else { return false }
            return pairs.contains { pair in
                pair.key.text.map { ["alert_metric", "eval_period"].nearest(to: $0) != nil } ?? false
            }
        }
    }

    /// Reads a document, and notes what is wrong with it.
    public init(_ node: YAMLNode, file: String?, diagnostics: Diagnostics) {
        self.file = file
        guard case .sequence(let elements) = node.kind, !elements.isEmpty else {
            entries = []
            diagnostics.fault(
                line: node.line, path: "", "expected a list of alarms, each with alert_metric, namespace, stat, …")
            return
        }
        entries = elements.enumerated().compactMap { index, element in
            ConfigurationSection(element, path: "[\(index)]", diagnostics: diagnostics).map { OriginalAlarmEntry($0) }
        }
    }

    /// Reads the text of a file.
    /// - Throws: ``ProvisionerError`` with every fault, each with its line.
    public init(parsing bytes: [UInt8], file: String?) throws(ProvisionerError) {
        let place = file ?? "the alarms file"
        let node: YAMLNode
        do throws(YAMLError) { node = try YAMLNode(parsing: bytes) } catch {
            throw ProvisionerError(
                .invalid, "\(place): line \(error.line), column \(error.column): \(error.message)", underlying: error)
        }
        let diagnostics = Diagnostics()
        self.init(node, file: file, diagnostics: diagnostics)
        do throws(ConfigurationError) { try diagnostics.check() } catch {
            throw ProvisionerError(.invalid, "\(place): \(error)", underlying: error)
        }
    }
}

/// One entry of the file: an alarm for each combination of the values of its dimensions.
struct OriginalAlarmEntry: Sendable, Hashable {
    /// A dimension and what gives its values.
    struct Dimension: Sendable, Hashable {
        /// What gives a dimension's values.
        enum Values: Sendable, Hashable {
            /// The same in each run.
            case fixed([String])
            /// The names in Route 53 of the instances that match.
            case hosts(HostSearch)
            /// `has_tag`, which the original reads and then has no values for: its entry makes no alarms.
            case none
        }

        var name: String
        var values: Values
    }

    /// Which instances an `ec2_instances` asks for.
    struct HostSearch: Sendable, Hashable {
        /// Matches anywhere in the name.
        var name: RegularExpression?
        /// All must match.
        var tags: [TagPart]
    }

    var line: Int?
    var metric = ""
    var namespace = ""
    var statistic = ""
    var period = 60
    var evaluationPeriods = 1
    var datapoints: Int?
    var comparison = AlarmThreshold.Comparison.greater
    var threshold = 0.0
    var missingData = MissingData.breaching
    var unit: String?
    var dimensions: [Dimension] = []
    var description: String?
    var severity = "warning"
    var nameSuffix: String?
    var alarmActions: [String]?
    var okActions: [String]?
    var insufficientDataActions: [String] = []
}

/// A part of a tag's key and a part of its value, as the original compares them: `Product` and `Energy` match a tag
/// `ProductLine` = `Energy-EU`.
public struct TagPart: Sendable, Hashable {
    /// Of the key.
    public var key: String
    /// Of the value.
    public var value: String

    /// A part.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Whether one of the tags has both.
    func matches(_ tags: [String: String]) -> Bool {
        tags.contains { $0.key.contains(part: key) && $0.value.contains(part: value) }
    }
}

extension String {
    /// As Python's `in`: the empty text is in every text.
    fileprivate func contains(part: String) -> Bool { part.isEmpty || containsBytes(part) }
}

// MARK: Reading

extension OriginalAlarmEntry {
    init(_ section: ConfigurationSection) {
        line = section.line
        metric = section.requiredText("alert_metric", expected: "the name of a metric")
        if !metric.isEmpty { section.path += "(\(metric))" }
        namespace = section.requiredText("namespace", expected: "the metric's namespace")
        statistic = section.requiredText("stat", expected: "a statistic such as Average")
        readStatistic(section)
        period = section.requiredInteger("period", default: 60) { CompatibleText.isPeriod($0) }
        evaluationPeriods = section.requiredInteger("eval_period", default: 1) { $0 >= 1 }
        datapoints = section.integer("datapoints", in: 1...max(1, evaluationPeriods))
        readThreshold(section)
        missingData = section.choice("treat_missing_data", default: .breaching)
        unit = section.text("unit")
        description = section.text("description")
        severity = section.text("severity", default: severity)
        nameSuffix = section.text("name_suffix")
        alarmActions = section.actions("alarm_actions")
        okActions = section.actions("ok_actions")
        insufficientDataActions = section.actions("insufficient_data_actions") ?? []
        readDimensions(section)
        section.close()
    }

    private func readStatistic(_ section: ConfigurationSection) {
        guard !statistic.isEmpty, !statistic.isStatistic else { return }
        let advice =
            CompatibleText.simpleStatistics.nearest(to: statistic).map { "did you mean \($0)?" }
            ?? "expected \(CompatibleText.simpleStatistics.joined(separator: ", ")) or a percentile such as p99"
        section.fault("stat", "CloudWatch has no statistic \(statistic), \(advice)")
    }

    private mutating func readThreshold(_ section: ConfigurationSection) {
        let text = section.requiredText("operator", expected: "an operator such as GreaterThanThreshold")
        if let known = AlarmThreshold.Comparison(rawValue: text) {
            comparison = known
        } else if AlarmThreshold.BandComparison(rawValue: text) != nil {
            section.fault(
                "operator", "\(text) needs an anomaly band: write this alarm in a rules file of Tocsin's form")
        } else if !text.isEmpty {
            let operators = AlarmThreshold.Comparison.allCases.map(\.rawValue)
            section.fault(
                "operator",
                "CloudWatch has no operator \(text), \(CompatibleText.operatorAdvice(for: text, among: operators))")
        }
        let number = section.value("threshold", expected: "a number") { text in
            Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
        if let number { threshold = number } else { section.fault("threshold", expected: "a number") }
    }

    private mutating func readDimensions(_ section: ConfigurationSection) {
        for dimension in section.sections("dimensions") {
            let name = dimension.requiredText("name", expected: "the dimension's name")
            if dimensions.contains(where: { $0.name == name }) {
                dimension.fault("name", "the dimension \(name) is there twice: put the values into one list")
            }
            dimensions.append(Dimension(name: name, values: Self.values(dimension)))
            dimension.close()
        }
        if dimensions.count > 30 { section.fault("dimensions", "a metric has at most 30 dimensions") }
    }

    private static func values(_ section: ConfigurationSection) -> Dimension.Values {
        let types = ["static", "ec2_instances", "has_tag"]
        let type = section.requiredText("type", expected: "static or ec2_instances")
        switch type {
        case "static":
            let values = section.texts("value", acceptsOne: true)
            if values.isEmpty { section.fault("value", expected: "a list of values") }
            for entry in values where entry.text.isEmpty { section.fault(at: entry, expected: "a value") }
            return .fixed(values.map(\.text))
        case "ec2_instances":
            return .hosts(HostSearch(name: name(section), tags: tags(section)))
        case "has_tag":
            for key in ["Key", "Value", "value", "has_tags", "dns_search"] { _ = section.value(key) }
            return .none
        default:
            let advice =
                types.nearest(to: type).map { "did you mean \($0)?" } ?? "expected static or ec2_instances"
            if !type.isEmpty { section.fault("type", "there is no type \(type), \(advice)") }
            for key in ["value", "dns_search", "has_tags"] { _ = section.value(key) }
            return .none
        }
    }

    private static func name(_ section: ConfigurationSection) -> RegularExpression? {
        guard let text = section.text("dns_search") else { return nil }
        do throws(RegularExpressionError) { return try RegularExpression(text) } catch {
            let advice = text == "*" ? ": write \"\" for every name" : ""
            section.fault("dns_search", "\"\(text)\" is no regular expression (\(error.message))\(advice)")
            return nil
        }
    }

    private static func tags(_ section: ConfigurationSection) -> [TagPart] {
        section.sections("has_tags").map { tag in
            let part = TagPart(key: tag.requiredText("Key", expected: "a tag's key"), value: tag.text("Value") ?? "")
            tag.close()
            return part
        }
    }
}

extension ConfigurationSection {
    fileprivate func requiredInteger(_ key: String, default placeholder: Int, isRight: (Int) -> Bool) -> Int {
        let expected = key == "period" ? "10, 20, 30 or a multiple of 60 seconds" : "a whole number, 1 or more"
        if let value = value(key, expected: expected, read: { Int($0).flatMap { isRight($0) ? $0 : nil } }) {
            return value
        }
        fault(key, expected: expected)
        return placeholder
    }

    /// ARNs; nil for none.
    fileprivate func actions(_ key: String) -> [String]? {
        guard has(key) else { return nil }
        let entries = texts(key, acceptsOne: true)
        for entry in entries where entry.text.arnFields?.count != 6 {
            fault(at: entry, expected: "the ARN of a topic or another target")
        }
        if entries.count > 5 { fault(key, "an alarm takes at most 5 actions for a state") }
        return entries.map(\.text)
    }
}
