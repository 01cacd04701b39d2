import Basics
public import CloudWatchAlarms

/// What somebody changes about a rule that another wrote: a rules file about the catalogue's, a tag about any; nil
/// leaves the rule's own.
public struct RuleSettings: Sendable, Hashable {
    /// Another threshold.
    public var threshold: Threshold?
    /// In seconds.
    public var period: Int?
    /// M out of N.
    public var datapoints: Datapoints?
    /// Of rules for a single metric.
    public var statistic: String?
    /// What a period without data counts as.
    public var missingData: MissingData?
    /// Chooses the actions.
    public var severity: String?

    /// Another threshold.
    public enum Threshold: Sendable, Hashable {
        /// With the rule's comparison; of an anomaly band the width.
        case number(Double)
        /// With a comparison of its own, or a formula or a band.
        case comparison(TemplateThreshold)
    }

    /// M out of N.
    public struct Datapoints: Sendable, Hashable {
        /// M: how many must breach, from 1 to ``evaluated``.
        public var breaching: Int
        /// N: how many periods are looked at.
        public var evaluated: Int

        /// M out of N.
        public init(breaching: Int, evaluated: Int) {
            self.breaching = breaching
            self.evaluated = evaluated
        }

        /// `3 of 5`, `3/5`, or `3` for three of three.
        public init?(_ text: String) {
            let separator: [Character] = text.contains("/") ? ["/"] : Array(" of ")
            let whole = Array(text)
            let parts: [String]
            if let start = whole.indices.first(where: { whole[$0...].starts(with: separator) }) {
                parts = [String(whole[..<start]), String(whole[(start + separator.count)...])]
            } else {
                parts = [text, text]
            }
            let numbers = parts.compactMap { Int($0.trimmingWhitespace) }
            guard numbers.count == 2, numbers[0] >= 1, numbers[0] <= numbers[1] else { return nil }
            (breaching, evaluated) = (numbers[0], numbers[1])
        }
    }

    /// No changes.
    public init() {}

    /// These settings with what others set on top.
    func changed(by others: RuleSettings) -> RuleSettings {
        var result = self
        result.threshold = others.threshold ?? threshold
        result.period = others.period ?? period
        result.datapoints = others.datapoints ?? datapoints
        result.statistic = others.statistic ?? statistic
        result.missingData = others.missingData ?? missingData
        result.severity = others.severity ?? severity
        return result
    }

    /// A rule with these settings.
    public func applied(to rule: AlarmRule) -> AlarmRule {
        var rule = rule
        switch (threshold, rule.template.threshold) {
        case (nil, _): break
        case (.comparison(let threshold), _): rule.template.threshold = threshold
        case (.number(let number), .value(let comparison, _)), (.number(let number), .formula(let comparison, _)):
            rule.template.threshold = .value(comparison, number)
        case (.number(let width), .band(let comparison, _)):
            rule.template.threshold = .band(comparison, width: width)
        }
        rule.template.period = period ?? rule.template.period
        if let datapoints {
            rule.template.evaluationPeriods = datapoints.evaluated
            rule.template.datapointsToAlarm = datapoints.breaching
        }
        if let statistic, case .metric(var metric) = rule.template.data {
            metric.statistic = statistic
            rule.template.data = .metric(metric)
        }
        rule.template.missingData = missingData ?? rule.template.missingData
        rule.severity = severity ?? rule.severity
        return rule
    }

    /// The settings that a tag can have.
    static let words = ["datapoints", "period", "stat", "missing", "severity"]

    /// Sets one of ``words``.
    /// - Returns: what is wrong with the value; nil when nothing is.
    mutating func set(_ word: String, _ text: String) -> String? {
        switch word {
        case "datapoints":
            datapoints = Datapoints(text)
            return datapoints == nil ? "datapoints=\(text): expected M/N such as 3/5" : nil
        case "period":
            period = Self.period(text)
            return period == nil ? "period=\(text): expected \(Self.periodExpected)" : nil
        case "stat":
            statistic = Statistic.normal(text)
            return statistic == nil ? "stat=\(text): expected \(Statistic.expected)" : nil
        case "missing":
            missingData = MissingData(rawValue: text)
            let names = MissingData.allCases.map(\.rawValue).joined(separator: ", ")
            return missingData == nil ? "missing=\(text): expected one of \(names)" : nil
        default:
            severity = text.isEmpty ? nil : text
            return severity == nil ? "severity= has no value, such as critical" : nil
        }
    }

    /// A period of an alarm in seconds: `1m`, `5m`, or a number of seconds.
    static func period(_ text: String) -> Int? {
        guard let duration = Duration(text: text, bareUnit: .seconds(1)), duration.components.attoseconds == 0 else {
            return nil
        }
        let seconds = Int(duration.components.seconds)
        return [10, 20, 30].contains(seconds) || (seconds > 0 && seconds <= 86_400 && seconds % 60 == 0) ? seconds : nil
    }

    static let periodExpected = "10s, 20s, 30s or whole minutes up to 24h, such as 1m or 5m"
}

/// The statistics of CloudWatch.
enum Statistic {
    private static let simple = ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "IQM"]

    static let expected =
        "Average, Sum, Minimum, Maximum, SampleCount, a percentile such as p99.9, or another extended one such as tm90"

    /// The statistic as CloudWatch writes it; nil for none.
    static func normal(_ text: String) -> String? {
        let lower = text.lowercased()
        if let simple = simple.first(where: { $0.lowercased() == lower }) { return simple }
        if lower.hasPrefix("pr("), lower.hasSuffix(")") { return "PR" + text.dropFirst(2) }
        for prefix in ["p", "tm", "tc", "ts", "wm"] where lower.hasPrefix(prefix) {
            let rest = lower.dropFirst(prefix.count)
            if rest.hasPrefix("("), rest.hasSuffix(")"), prefix != "p" {
                return prefix.uppercased() + text.dropFirst(2)
            }
            if let number = Double(rest), number >= 0, number <= 100, rest.allSatisfy({ $0.isNumber || $0 == "." }) {
                return prefix + rest
            }
        }
        return nil
    }

    /// The one that was probably meant: `avg`, `max`, `p 99`.
    static func advice(_ text: String) -> String? {
        let short = ["avg": "Average", "mean": "Average", "min": "Minimum", "max": "Maximum", "count": "SampleCount"]
        return short[text.lowercased()] ?? simple.nearest(to: text)
    }
}
