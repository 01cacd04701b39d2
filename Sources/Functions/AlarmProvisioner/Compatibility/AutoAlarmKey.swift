import Basics
import CloudWatchAlarms

/// What a tag's key in the syntax of amazon-cloudwatch-auto-alarms says; its value is the threshold.
///
///     AutoAlarm-<Namespace>-<Metric>[-<Dimension>-<Value>…]-<Operator>-<Period>[-<Periods>]-<Statistic>
///     and -<Description> behind that, or not
///
/// The parts are separated by dashes, which names may have, too. Where that can be read in two ways, dimensions that
/// are known decide; `--` is a dash that belongs to a name.
struct AutoAlarmKey: Sendable, Hashable {
    /// A dimension that the key names.
    struct Dimension: Sendable, Hashable {
        var name: String
        /// `*` for every value that the metric has.
        var value: String
    }

    /// The operator of `ComparisonOperator`.
    enum Operator: Sendable, Hashable {
        case number(AlarmThreshold.Comparison)
        case band(AlarmThreshold.BandComparison)

        init?(_ text: some StringProtocol) {
            if let comparison = AlarmThreshold.Comparison(rawValue: String(text)) {
                self = .number(comparison)
            } else if let comparison = AlarmThreshold.BandComparison(rawValue: String(text)) {
                self = .band(comparison)
            } else {
                return nil
            }
        }

        var text: String {
            switch self {
            case .number(let comparison): comparison.rawValue
            case .band(let comparison): comparison.rawValue
            }
        }

        static let names =
            AlarmThreshold.Comparison.allCases.map(\.rawValue) + AlarmThreshold.BandComparison.allCases.map(\.rawValue)
    }

    var namespace: String
    var metric: String
    var dimensions: [Dimension]
    var comparison: Operator
    /// In seconds.
    var period: Int
    /// As it is written, which is part of the alarm's name: `5m`.
    var periodText: String
    var evaluationPeriods: Int
    /// M of `MofN`, which the original lacks.
    var datapointsToAlarm: Int
    /// As it is written: `1`, or `3of5`.
    var evaluationText: String
    var statistic: String
    /// With spaces for underlines; nil for none.
    var description: String?
    /// As it is written, up to its first dash: the original takes no more into the name.
    var descriptionInName: String?

    /// Whether a dimension has `*`.
    var hasWildcard: Bool { dimensions.contains { $0.value == "*" } }
}

/// What is wrong with a key; the text says what to write instead.
struct AutoAlarmKeyError: Error, Hashable {
    var message: String
}

extension AutoAlarmKey {
    /// What parts of keys may mean.
    struct Vocabulary: Sendable {
        /// The namespace of the CloudWatch agent, which may have dashes.
        var agentNamespace: String
        /// Names of dimensions.
        var dimensions: Set<String>
    }

    /// Reads what follows the identifier and its dash.
    init(_ text: Substring, _ vocabulary: Vocabulary) throws(AutoAlarmKeyError) {
        let tokens = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let place = tokens.indices.dropFirst(2).first(where: { Operator(tokens[$0]) != nil }),
            let comparison = Operator(tokens[place])
        else { throw Self.missingOperator(tokens.map { String($0) }) }
        self.comparison = comparison
        let subject = try Subject(tokens[..<place].joined(separator: "-"), vocabulary)
        (namespace, metric, dimensions) = (subject.namespace, subject.metric, subject.dimensions)

        var rest = tokens[(place + 1)...]
        periodText = rest.popFirst().map { String($0) } ?? ""
        guard let seconds = Self.seconds(periodText), CompatibleText.isPeriod(seconds) else {
            throw AutoAlarmKeyError(
                message: "the period \"\(periodText)\" is none: write 10s, 20s, 30s or whole minutes such as 5m")
        }
        period = seconds
        let evaluation = rest.first.flatMap { Self.evaluation($0) }
        // Old keys have no number of periods.
        evaluationText = evaluation == nil ? "1" : rest.popFirst().map { String($0) } ?? "1"
        evaluationPeriods = evaluation?.periods ?? 1
        datapointsToAlarm = evaluation?.datapoints ?? 1
        statistic = rest.popFirst().map { String($0) } ?? ""
        guard statistic.isStatistic else { throw Self.wrongStatistic(statistic) }
        descriptionInName = rest.first.map { String($0) }
        description = rest.isEmpty ? nil : String(rest.joined(separator: "-").map { $0 == "_" ? " " : $0 })
    }

    private static func missingOperator(_ tokens: [String]) -> AutoAlarmKeyError {
        guard tokens.count > 2 else {
            return AutoAlarmKeyError(message: "it needs at least a namespace, a metric and an operator")
        }
        let wrong = tokens.dropFirst(2).first { $0.hasSuffix("Threshold") || Operator.names.nearest(to: $0) != nil }
        guard let wrong else {
            return AutoAlarmKeyError(
                message: "it has no operator: write one of \(Operator.names.joined(separator: ", "))")
        }
        return AutoAlarmKeyError(
            message: "there is no operator \(wrong), "
                + CompatibleText.operatorAdvice(for: wrong, among: Operator.names))
    }

    private static func wrongStatistic(_ text: String) -> AutoAlarmKeyError {
        guard !text.isEmpty else { return AutoAlarmKeyError(message: "it has no statistic after the period") }
        let advice =
            CompatibleText.simpleStatistics.nearest(to: text).map { "did you mean \($0)?" }
            ?? "expected \(CompatibleText.simpleStatistics.joined(separator: ", ")) or a percentile such as p99"
        return AutoAlarmKeyError(message: "there is no statistic \(text), \(advice)")
    }

    private static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0 else {
            return nil
        }
        let (seconds, isTooMuch) = count.multipliedReportingOverflow(by: unit)
        return isTooMuch ? nil : seconds
    }

    /// `5`, or `3of5`.
    private static func evaluation(_ text: Substring) -> (datapoints: Int, periods: Int)? {
        if let periods = Int(text), periods > 0 { return (periods, periods) }
        let parts = text.split(separator: "o", maxSplits: 1)
        guard parts.count == 2, parts[1].first == "f", let datapoints = Int(parts[0]),
            let periods = Int(parts[1].dropFirst()), datapoints > 0, datapoints <= periods
        else { return nil }
        return (datapoints, periods)
    }
}

/// The part of a key before its operator.
private struct Subject {
    var namespace: String
    var metric: String
    var dimensions: [AutoAlarmKey.Dimension]

    init(_ text: String, _ vocabulary: AutoAlarmKey.Vocabulary) throws(AutoAlarmKeyError) {
        var tokens: [String]
        if text.hasPrefix(vocabulary.agentNamespace + "-") {
            namespace = vocabulary.agentNamespace
            tokens = Self.tokens(text.dropFirst(vocabulary.agentNamespace.count + 1))
        } else {
            tokens = Self.tokens(text[...])
            namespace = tokens.removeFirst()
        }
        guard let first = tokens.first, !first.isEmpty, !namespace.isEmpty else {
            throw AutoAlarmKeyError(message: "it needs a namespace and a metric before the operator")
        }
        let plain = Self.pairs(tokens.dropFirst())
        if let plain, plain.allSatisfy({ vocabulary.dimensions.contains($0.name) }) {
            (metric, dimensions) = (first, plain)
            return
        }
        var known = KnownDimensions(tokens: tokens, names: vocabulary.dimensions)
        for length in 1..<tokens.count {
            let readings = known.readings(from: length)
            if readings.count > 1 { throw Self.ambiguous }
            if let reading = readings.first {
                (metric, dimensions) = (tokens[..<length].joined(separator: "-"), reading)
                return
            }
        }
        if let plain {
            (metric, dimensions) = (first, plain)
        } else if tokens.count == 2 {
            // One part more than the metric cannot be a dimension with a value.
            (metric, dimensions) = (tokens.joined(separator: "-"), [])
        } else {
            throw Self.ambiguous
        }
    }

    private static let ambiguous = AutoAlarmKeyError(
        message: "its dimensions and values are no pairs: write a dash that belongs to a name twice, as in dm--0")

    /// What stands between single dashes, with one dash for two.
    private static func tokens(_ text: Substring) -> [String] {
        var tokens = [""]
        var rest = text
        while let character = rest.popFirst() {
            if character != "-" {
                tokens[tokens.count - 1].append(character)
            } else if rest.first == "-" {
                rest.removeFirst()
                tokens[tokens.count - 1].append("-")
            } else {
                tokens.append("")
            }
        }
        return tokens
    }

    private static func pairs(_ tokens: ArraySlice<String>) -> [AutoAlarmKey.Dimension]? {
        guard tokens.count.isMultiple(of: 2) else { return nil }
        return stride(from: tokens.startIndex, to: tokens.endIndex, by: 2).map { place in
            AutoAlarmKey.Dimension(name: tokens[place], value: tokens[place + 1])
        }
    }
}

/// Reads parts as dimensions with known names and values that may have dashes.
private struct KnownDimensions {
    let tokens: [String]
    let names: Set<String>
    private var known: [Int: [[AutoAlarmKey.Dimension]]] = [:]

    init(tokens: [String], names: Set<String>) {
        self.tokens = tokens
        self.names = names
    }

    /// The ways to read everything from a place on as the most dimensions.
    ///
    /// A value that has the name of another dimension in it is not meant. At most two, since more would be no less
    /// ambiguous.
    mutating func readings(from start: Int) -> [[AutoAlarmKey.Dimension]] {
        if start == tokens.count { return [[]] }
        if let readings = known[start] { return readings }
        var readings: [[AutoAlarmKey.Dimension]] = []
        for nameEnd in (start + 1)..<max(start + 1, tokens.count) {
            let name = tokens[start..<nameEnd].joined(separator: "-")
            guard names.contains(name) else { continue }
            for end in (nameEnd + 1)..<(tokens.count + 1) {
                let value = tokens[nameEnd..<end].joined(separator: "-")
                readings += self.readings(from: end).map { [AutoAlarmKey.Dimension(name: name, value: value)] + $0 }
            }
        }
        let most = readings.map(\.count).max()
        readings = Array(readings.filter { $0.count == most }.prefix(2))
        known[start] = readings
        return readings
    }
}
