import Basics
import Configuration
import JSON

/// What an SLI of OpenSLO measures, before an objective says how that is judged.
struct OpenSLOIndicator {
    /// How an objective judges it.
    struct Rule {
        let method: OpenSLOReader.Method
        let slice: Duration
        /// The share of a slice that must be good.
        let sliceTarget: Double
        /// `> bool 200`: what is bad of a threshold metric.
        let comparison: String?
    }

    private enum Content {
        /// Queries over a range.
        case events(counted: String, Indicator.Counted, total: String, unit: Indicator.EventUnit)
        case share(String, Indicator.Counted)
        case threshold(String)
        case metrics([CountedMetric], Indicator.Counted, [CountedMetric])
    }

    private let content: Content

    /// Whether the objective must say with what values are compared.
    var needsValue: Bool { if case .threshold = content { true } else { false } }

    /// Reads `ratioMetric` or `thresholdMetric`.
    /// - Parameter sourceType: the type of a data source by its name.
    /// - Returns: nil after a fault.
    init?(_ spec: ConfigurationSection, _ sourceType: (String) -> String?) {
        _ = spec.value("description")
        if let ratio = spec.section("ratioMetric") {
            defer { ratio.close() }
            guard let content = Self.ratio(ratio, { Self.source($0, sourceType) }) else { return nil }
            self.content = content
        } else if let threshold = spec.section("thresholdMetric") {
            defer { threshold.close() }
            let isOld = threshold.has("query")
            guard let source = isOld ? Self.oldSource(threshold) : Self.source(threshold, sourceType) else {
                return nil
            }
            guard case .promQL(let query) = source else {
                threshold.fault(
                    "metricSource",
                    "an objective about the values of a CloudWatch metric is an ordinary alarm: write it as a rule")
                return nil
            }
            content = .threshold(query)
        } else {
            spec.fault("ratioMetric", expected: "the metrics of the indicator, or thresholdMetric")
            return nil
        }
    }

    /// Reads `ratioMetrics` of an objective in v1alpha.
    init?(ratioMetrics ratio: ConfigurationSection) {
        defer { ratio.close() }
        guard let content = Self.ratio(ratio, Self.oldSource) else { return nil }
        self.content = content
    }

    // MARK: Reading

    /// Where values come from.
    private enum Source {
        case promQL(String)
        case cloudWatch(CountedMetric)
    }

    private static func ratio(
        _ ratio: ConfigurationSection, _ source: (ConfigurationSection) -> Source?
    ) -> Content? {
        let isCounter = ratio.flag("counter") ?? ratio.flag("incremental") ?? false
        if let raw = ratio.section("raw") {
            defer { raw.close() }
            let type = ratio.text("rawType", default: "")
            guard let counted: Indicator.Counted = ["success": .good, "failure": .bad][type] else {
                ratio.fault("rawType", expected: "success or failure")
                return nil
            }
            guard let value = source(raw) else { return nil }
            guard case .promQL(let query) = value else {
                ratio.fault("raw", "a share that CloudWatch's metrics hold has no weight: give good, or bad, and total")
                return nil
            }
            return .share(ranged(query, "avg_over_time"), counted)
        }
        func read(_ key: String) -> Source? {
            ratio.section(key).flatMap { section in
                defer { section.close() }
                return source(section)
            }
        }
        let hasBad = ratio.has("bad")
        guard ratio.has("good") || hasBad, ratio.has("total") else {
            if !ratio.has("total"), ratio.has("good"), hasBad {
                // Good and bad make the total.
                return withoutTotal(read("good"), read("bad"), isCounter, ratio)
            }
            ratio.fault(
                ratio.has("total") ? "good" : "total", expected: "two of good, bad and total, or raw with rawType")
            return nil
        }
        let counted = read(hasBad ? "bad" : "good")
        if hasBad { ratio.ignore("good", "bad and total say it already") }
        switch (counted, read("total")) {
        case (.promQL(let counted), .promQL(let total)):
            let (first, second) = (events(counted, isCounter), events(total, isCounter))
            let unit = first.unit == second.unit ? first.unit : .unknown
            return .events(counted: first.query, hasBad ? .bad : .good, total: second.query, unit: unit)
        case (.cloudWatch(let counted), .cloudWatch(let total)):
            return .metrics([counted], hasBad ? .bad : .good, [total])
        case (.some, .some):
            ratio.fault("total", "one query is PromQL, and the other one is not: use one kind of source")
            return nil
        default: return nil
        }
    }

    private static func withoutTotal(
        _ good: Source?, _ bad: Source?, _ isCounter: Bool, _ ratio: ConfigurationSection
    ) -> Content? {
        switch (good, bad) {
        case (.promQL(let good), .promQL(let bad)):
            let (good, bad) = (events(good, isCounter), events(bad, isCounter))
            let total = "((\(good.query)) + (\(bad.query))) or (\(good.query)) or (\(bad.query))"
            return .events(
                counted: bad.query, .bad, total: total, unit: good.unit == bad.unit ? good.unit : .unknown)
        case (.cloudWatch(let good), .cloudWatch(let bad)): return .metrics([bad], .bad, [good, bad])
        case (.some, .some):
            ratio.fault("bad", "one query is PromQL, and the other one is not: use one kind of source")
            return nil
        default: return nil
        }
    }

    /// Of v1: `metricSource` with its type, or with the name of a data source.
    private static func source(_ section: ConfigurationSection, _ sourceType: (String) -> String?) -> Source? {
        guard let metric = section.section("metricSource") else {
            section.fault("metricSource", expected: "the source of the metric")
            return nil
        }
        defer { metric.close() }
        let reference = metric.text("metricSourceRef")
        guard let type = metric.text("type") ?? reference.flatMap(sourceType) else {
            _ = metric.value("spec")
            metric.fault(
                reference == nil ? "type" : "metricSourceRef",
                expected: "Prometheus or CloudWatch"
                    + (reference == nil ? "" : " as type, or the DataSource of that name in the same file"))
            return nil
        }
        guard let spec = metric.section("spec") else {
            metric.fault("spec", expected: "the query, or the metric")
            return nil
        }
        defer { spec.close() }
        switch kind(type) {
        case .promQL:
            let query = spec.text("query") ?? spec.text("promql") ?? spec.requiredText("query", expected: "PromQL")
            return query.isEmpty ? nil : .promQL(query)
        case .cloudWatch: return cloudWatch(spec)
        case nil:
            for key in spec.keys { _ = spec.value(key) }
            metric.fault(reference != nil && !metric.has("type") ? "metricSourceRef" : "type", unsupported(type))
            return nil
        }
    }

    /// Of v1alpha: `source`, `queryType` and `query`.
    private static func oldSource(_ section: ConfigurationSection) -> Source? {
        defer { section.close() }
        _ = section.value("queryType")
        _ = section.value("metadata")
        let type = section.requiredText("source", expected: "prometheus")
        let query = section.requiredText("query", expected: "PromQL")
        guard !type.isEmpty, !query.isEmpty else { return nil }
        guard kind(type) == .promQL else {
            section.fault("source", unsupported(type))
            return nil
        }
        return .promQL(query)
    }

    private enum Kind { case promQL, cloudWatch }

    private static func kind(_ type: String) -> Kind? {
        switch type.lowercased() {
        case "prometheus", "amazonprometheus", "thanos", "cortex", "mimir", "victoriametrics": .promQL
        case "cloudwatch": .cloudWatch
        default: nil
        }
    }

    private static func unsupported(_ type: String) -> String {
        "CloudWatch cannot read the source \(type): only queries of Prometheus (over metrics that are sent to "
            + "CloudWatch by OTLP) and metrics of CloudWatch become alarms"
    }

    private static func cloudWatch(_ spec: ConfigurationSection) -> Source? {
        for key in ["query", "sql", "json"] where spec.has(key) {
            spec.fault(key, "only a single metric can be read: give namespace, metricName, dimensions and stat")
            return nil
        }
        spec.ignore("region", "alarms are made in the region of the provisioner")
        let metric =
            spec.text("metricName") ?? spec.text("metric") ?? spec.requiredText("metricName", expected: "a metric")
        let statistic: CountedMetric.Statistic =
            spec.choice(spec.has("stat") ? "stat" : "statistic", default: .sum)
        return .cloudWatch(
            CountedMetric(
                namespace: spec.requiredText("namespace", expected: "a namespace, such as AWS/ApplicationELB"),
                metric: metric, dimensions: dimensions(spec), statistic: statistic))
    }

    /// A mapping, or a list of names and values.
    private static func dimensions(_ spec: ConfigurationSection) -> [String: String] {
        guard spec.value("dimensions")?.json.arrayValue != nil else { return spec.labels("dimensions") }
        return Dictionary(
            spec.sections("dimensions").map { pair in
                let isCapital = pair.has("Name")
                defer { pair.close() }
                return (
                    pair.requiredText(isCapital ? "Name" : "name"), pair.requiredText(isCapital ? "Value" : "value")
                )
            }
        ) { $1 }
    }

    // MARK: Queries over a range

    /// A query that has no range, over one.
    private static func ranged(_ query: String, _ function: String) -> String {
        let query = PromQLTemplate.normal(query)
        return query.containsBytes(Indicator.window) ? query : "\(function)((\(query))[\(Indicator.window):1m])"
    }

    /// The number of events of a query in a range.
    private static func events(_ query: String, _ isCounter: Bool) -> (query: String, unit: Indicator.EventUnit) {
        let query = PromQLTemplate.normal(query)
        if query.containsBytes(Indicator.window) { return (query, PromQLTemplate.unit(of: query)) }
        guard isCounter else { return (ranged(query, "sum_over_time"), .unknown) }
        // A sum of counters drops when one of them starts again, so the increase is taken before the sum.
        if let selector = selector(of: query) { return ("sum(increase(\(selector)[\(Indicator.window)]))", .events) }
        return (ranged(query, "increase"), .events)
    }

    /// `requests{code="200"}` of that, or of `sum(requests{code="200"})`; nil for anything else.
    static func selector(of query: String) -> String? {
        var text = query[...]
        if text.hasPrefix("sum("), text.hasSuffix(")") { text = text.dropFirst(4).dropLast().trimmingWhitespace }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        let rest = text.dropFirst(name.count)
        if rest.isEmpty { return name.isEmpty ? nil : String(text) }
        guard rest.hasPrefix("{"), rest.hasSuffix("}") else { return nil }
        // One pair of braces, and nothing behind it.
        var quote: Character?
        var escaped = false
        for character in rest.dropFirst().dropLast() {
            if let open = quote {
                if escaped {
                    escaped = false
                } else if character == "\\" {
                    escaped = true
                } else if character == open {
                    quote = nil
                }
            } else if "\"'`".contains(character) {
                quote = character
            } else if "{}[]()".contains(character) {
                return nil
            }
        }
        return quote == nil ? String(text) : nil
    }

    // MARK: Judging

    /// The indicator of an objective.
    /// - Returns: nil after a fault.
    func indicator(_ rule: Rule, _ section: ConfigurationSection) -> Indicator? {
        if case .metrics(let counted, let counts, let total) = content {
            guard rule.method == .occurrences else {
                section.fault(
                    "target",
                    "metric math cannot count good slices of time (budgetingMethod \(rule.method.rawValue)): use "
                        + "Occurrences, or send the metrics by OTLP and query them with PromQL")
                return nil
            }
            return .metrics(counted, counts: counts, total: total, source: .cloudwatch)
        }
        if case .threshold = content, rule.comparison == nil { return nil }
        switch rule.method {
        case .occurrences: return occurrences(rule)
        case .timeslices, .ratioTimeslices:
            guard rule.slice >= .seconds(60), rule.slice <= .seconds(3_600) else {
                section.fault("timeSliceWindow", expected: "from 1m to 1h")
                return nil
            }
            let slice = "\(Int(rule.slice / .seconds(60)))m"
            let bad = badShare.replacingBytes(Indicator.window, with: slice)
                .replacingBytes(Self.comparison, with: rule.comparison ?? "")
            let judged =
                rule.method == .timeslices
                ? "(\(bad)) > bool \((1 - rule.sliceTarget).roundedForPeople)"
                // Slices without events are left out of the average.
                : "(\(bad)) >= 0"
            return .promQLRatio(bad: "avg_over_time((\(judged))[\(Indicator.window):\(slice)])")
        }
    }

    private func occurrences(_ rule: Rule) -> Indicator {
        switch content {
        case .events(let counted, .bad, let total, let unit):
            return .promQLEvents(bad: counted, total: total, unit: unit)
        case .events(let counted, .good, let total, let unit):
            return .promQLEvents(bad: Self.rest(of: total, counted), total: total, unit: unit)
        default:
            return .promQLRatio(bad: badShare.replacingBytes(Self.comparison, with: rule.comparison ?? ""))
        }
    }

    /// What stands for the comparison in ``badShare``.
    private static let comparison = "{{comparison}}"

    /// The share of bad events or values in a range.
    private var badShare: String {
        switch content {
        case .events(let counted, .bad, let total, _): return "(\(counted)) / (\(total))"
        case .events(let counted, .good, let total, _): return "(\(Self.rest(of: total, counted))) / (\(total))"
        case .share(let query, .bad): return query
        case .share(let query, .good): return "1 - (\(query))"
        case .threshold(let query):
            // A query with a range of its own is judged once a minute.
            let query = PromQLTemplate.normal(query).replacingBytes(Indicator.window, with: "1m")
            return "avg_over_time(((\(query)) \(Self.comparison))[\(Indicator.window):1m])"
        case .metrics: return "0"
        }
    }

    /// All but the good events; without a good one there is no series of them.
    private static func rest(of total: String, _ good: String) -> String {
        "(\(total)) - ((\(good)) or (\(total)) * 0)"
    }
}
