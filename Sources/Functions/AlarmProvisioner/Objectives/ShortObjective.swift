import Basics
public import Configuration
import ServiceLevels

extension ObjectiveRule {
    /// Reads the section `objectives` of a rules file: the short form for Tocsin's own metrics and any of CloudWatch.
    ///
    ///     objectives:
    ///       - name: shop-checks
    ///         target: 99.9%
    ///         window: 30d
    ///         uptime: {group: shop, name: front-page}
    ///
    /// Instead of `uptime` (what uptime-checker writes) it may have `sla-test` (what metric-writer does), `good` or
    /// `bad` with `total` (metrics of CloudWatch), or `promql`.
    /// - Parameter file: for the origin of the rules.
    /// - Returns: what could be read; faults are in the section's diagnostics.
    public static func read(_ sections: [ConfigurationSection], file: String?) -> [ObjectiveRule] {
        var lines: [String: Int?] = [:]
        return sections.compactMap { section in
            let rule = read(section, file: file)
            let key = rule.name
            if let first = lines.updateValue(section.line, forKey: key) {
                let place = first.map { "on line \($0)" } ?? "above"
                section.fault("name", "a second objective \(key), after the one \(place): rename one of them")
            }
            return rule
        }
    }

    private static func read(_ section: ConfigurationSection, file: String?) -> ObjectiveRule {
        let name = section.requiredText("name", expected: "a name, such as shop-checks")
        let target: Double =
            section.value(
                "target", expected: "the share that must be good, such as 99.9%, between 0% and 100%", read: share)
            ?? placeholder(section, "target", "the share that must be good, such as 99.9%")
        let window = section.duration("window", default: .seconds(30 * 86_400))
        if window < BurnRates.shortestObjective { section.fault("window", expected: "at least 1d") }
        let source = section.choice("source", default: Indicator.MetricSource.cloudwatch)
        let style = section.choice("style", default: ObjectiveStyle.automatic)
        let measured = indicator(section, source, style)
        var objective = Objective(
            name: name, service: section.text("service") ?? measured.service ?? name,
            description: section.text("description", default: ""), target: target, window: window,
            indicator: measured.indicator,
            labels: Dictionary(section.pairs("labels").map { ($0.name, $0.value) }) { $1 },
            traffic: TrafficMinimum(
                failures: section.integer("min-failures", default: 3, in: 1...1_000_000),
                events: section.integer("min-events", default: 1, in: 1...1_000_000)))
        if !section.flag("page", default: true) { objective.page = nil }
        if !section.flag("ticket", default: true) { objective.ticket = nil }
        if objective.page == nil, objective.ticket == nil {
            section.fault("ticket", "neither page nor ticket: the objective would have no alarm, so leave it out")
        }
        section.close()
        return ObjectiveRule(
            objective: objective, origin: RuleOrigin(.objective, file: file, line: section.line), style: style)
    }

    /// `99.9%`, `99.9` and `0.999` are the same.
    private static func share(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        let digits = String((isPercent ? text.dropLast() : text[...]).trimmingWhitespace)
        guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2E }), let number = Double(digits) else {
            return nil
        }
        let share = isPercent || number >= 1 ? number / 100 : number
        return share > 0 && share < 1 ? share.roundedForPeople : nil
    }

    private static func placeholder(_ section: ConfigurationSection, _ key: String, _ expected: String) -> Double {
        section.fault(key, expected: expected)
        return 0.999
    }

    private typealias Measured = (indicator: Indicator, service: String?)

    /// The one indicator that a section must have.
    private static func indicator(
        _ section: ConfigurationSection, _ source: Indicator.MetricSource, _ style: ObjectiveStyle
    ) -> Measured {
        let kinds = ["uptime", "sla-test", "good", "bad", "promql"].filter { section.has($0) }
        guard kinds.count == 1 else {
            section.fault(
                kinds.first ?? "uptime",
                kinds.isEmpty
                    ? "what is measured is missing: one of uptime, sla-test, good with total, bad with total, promql"
                    : "only one of \(kinds.joined(separator: ", ")) can be measured: make them objectives of their own")
            for kind in kinds { _ = section.value(kind) }
            _ = section.value("total")
            return (.promQLRatio(bad: "0"), nil)
        }
        switch kinds[0] {
        case "uptime": return uptime(section, source)
        case "sla-test": return slaTest(section, source)
        case "promql": return promQL(section)
        default:
            let counted = metrics(section, kinds[0], source)
            let total = metrics(section, "total", source)
            if !section.has("total") { section.fault("total", expected: "the metric that counts all events") }
            return (
                .metrics(counted, counts: kinds[0] == "good" ? .good : .bad, total: total, source: source), nil
            )
        }
    }

    /// `success` of uptime-checker: 1 or 0 for each check, so that its sum counts the good ones and its samples all.
    private static func uptime(_ section: ConfigurationSection, _ source: Indicator.MetricSource) -> Measured {
        guard let uptime = section.section("uptime") else { return (.promQLRatio(bad: "0"), nil) }
        let namespace = uptime.text("namespace", default: "Monitoring/Uptime")
        let group = uptime.text("group")
        let names = uptime.texts("name", acceptsOne: true).map(\.text)
        let regions = uptime.texts("region", acceptsOne: true).map(\.text)
        let labels = Dictionary(uptime.pairs("labels").map { ($0.name, $0.value) }) { $1 }
        uptime.close()
        if group == nil, names.isEmpty { uptime.fault("group", expected: "the group of the endpoints, or name") }
        if source == .cloudwatch, names.isEmpty {
            uptime.fault(
                "name",
                "metric math needs every dimension of a metric: list the endpoints of the group, or set `source: otlp` "
                    + "when they are written with METRIC_OUTPUT=otlp")
        }
        // With PromQL all regions count, without one for each.
        let places: [String?] = regions.isEmpty ? (source == .otlp ? [nil] : ["{region}"]) : regions
        let endpoints: [String?] = names.isEmpty ? [nil] : names
        let all = endpoints.flatMap { name in
            places.map { region in
                var dimensions = labels
                dimensions["group"] = group
                dimensions["name"] = name
                dimensions["region"] = region
                return CountedMetric(namespace: namespace, metric: "success", dimensions: dimensions)
            }
        }
        let total = all.map { metric in
            var metric = metric
            metric.statistic = .sampleCount
            return metric
        }
        return (.metrics(all, counts: .good, total: total, source: source), group ?? names.first)
    }

    /// `integration-sla-failure` and `-attempts` of metric-writer.
    private static func slaTest(_ section: ConfigurationSection, _ source: Indicator.MetricSource) -> Measured {
        guard let test = section.section("sla-test") else { return (.promQLRatio(bad: "0"), nil) }
        let namespace = test.text("namespace", default: "SLA-Monitor")
        let (service, group) = (test.text("service"), test.text("group"))
        let region = test.text("region", default: "{region}")
        test.close()
        if (service == nil) == (group == nil) {
            test.fault("service", "expected either the service of the tests, or their group")
        }
        let dimensions = ["Region": region, service == nil ? "Group" : "Service": service ?? group ?? ""]
        func metric(_ name: String) -> [CountedMetric] {
            [CountedMetric(namespace: namespace, metric: "integration-sla-\(name)", dimensions: dimensions)]
        }
        return (
            .metrics(metric("failure"), counts: .bad, total: metric("attempts"), source: source), service ?? group
        )
    }

    /// PromQL with `{{.window}}` for the range: `bad` and `total`, or `ratio`.
    private static func promQL(_ section: ConfigurationSection) -> Measured {
        guard let queries = section.section("promql") else { return (.promQLRatio(bad: "0"), nil) }
        let (bad, total, ratio) = (queries.text("bad"), queries.text("total"), queries.text("ratio"))
        for (key, query) in [("bad", bad), ("total", total), ("ratio", ratio)] {
            if let query, let fault = PromQLTemplate.fault(in: query) { queries.fault(key, fault) }
        }
        queries.close()
        if let ratio, bad == nil, total == nil { return (.promQLRatio(bad: PromQLTemplate.normal(ratio)), nil) }
        guard let bad, let total, ratio == nil else {
            queries.fault("bad", "expected bad and total, or ratio alone")
            return (.promQLRatio(bad: "0"), nil)
        }
        return (PromQLTemplate.events(bad: bad, total: total), nil)
    }

    /// Metrics of CloudWatch: one, or a list of them that is added.
    private static func metrics(
        _ section: ConfigurationSection, _ key: String, _ source: Indicator.MetricSource
    ) -> [CountedMetric] {
        section.list(key, acceptsOne: true).compactMap { entry in
            guard let metric = section.section(at: entry) else { return nil }
            let namespace = metric.requiredText("namespace", expected: "a namespace, such as AWS/ApplicationELB")
            if source == .otlp, namespace.hasPrefix("AWS/") {
                metric.fault(
                    "namespace",
                    "AWS's own metrics have another form in PromQL: write the query under `promql`, or use "
                        + "`source: cloudwatch`")
            }
            let result = CountedMetric(
                namespace: namespace, metric: metric.requiredText("metric", expected: "a metric, such as RequestCount"),
                dimensions: Dictionary(metric.pairs("dimensions").map { ($0.name, $0.value) }) { $1 },
                statistic: metric.choice("statistic", default: .sum))
            metric.close()
            return result
        }
    }
}
