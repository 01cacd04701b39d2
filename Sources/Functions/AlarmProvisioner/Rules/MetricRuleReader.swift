import Basics
import CloudWatchAlarms
import Configuration
import TimeZones

extension AlarmRuleReader {
    /// Reads an element of `rules`; after a fault the rule is a placeholder.
    func rule() -> AlarmRule {
        let name = name()
        let match = Self.match("for", section, needsKinds: true)
        let sources = ["metric", "math", "promql"].filter { section.has($0) }
        if sources.count != 1 {
            section.fault(sources.last ?? "metric", expected: "exactly one of metric, math and promql")
        }
        let data = data(sources.first ?? "metric", match)
        let isPromQL = sources.first == "promql"
        let threshold = isPromQL ? queryThreshold() : comparedThreshold(data)
        let points = isPromQL ? RuleSettings.Datapoints(breaching: 1, evaluated: 1) : datapoints(most: 10_080)
        var template = AlarmTemplate(
            name: self.template("alarm-name", limit: AlarmName.limit),
            description: self.template("description", limit: AlarmParts.descriptionLimit), data: data,
            threshold: threshold, period: period(points, isPromQL: isPromQL), evaluationPeriods: points.evaluated,
            datapointsToAlarm: points.breaching, warmUp: warmUp(), actions: actions(), tags: tags())
        if !isPromQL {
            template.missingData = section.choice("missing", default: MissingData.missing)
            template.evaluatesFewSamples = section.choice("few-samples", default: FewSamples.evaluate) == .evaluate
            template.window = wallClock()
        }
        let rule = AlarmRule(
            name: name, origin: origin(.rules), match: match, template: template, style: style(), severity: severity())
        section.close()
        return rule
    }

    /// `few-samples`: what becomes of a percentile with few samples.
    private enum FewSamples: String, CaseIterable {
        case evaluate, ignore
    }

    // MARK: What is compared

    private func data(_ source: String, _ match: ResourceMatch) -> TemplateData {
        switch source {
        case "math": math(match)
        case "promql": promQL()
        default: .metric(metric(section, match, statistic: nil))
        }
    }

    private func metric(
        _ section: ConfigurationSection, _ match: ResourceMatch, statistic fallback: String?
    ) -> TemplateMetric {
        let metric = section.requiredText("metric", expected: "the name of a metric, such as Errors")
        let statistic = Self.statistic("stat", section) ?? fallback
        if statistic == nil, !section.has("stat") { section.fault("stat", expected: Statistic.expected) }
        let namespace = namespace(section, match)
        return TemplateMetric(
            namespace: namespace, metric: metric, statistic: statistic ?? "Average", unit: section.text("unit"),
            dimensions: dimensions(section, match, namespace))
    }

    private func namespace(_ section: ConfigurationSection, _ match: ResourceMatch) -> String {
        if let namespace = section.text("namespace") { return namespace }
        let known = Set(match.kinds.map { KindMetrics.of($0).namespace })
        if known.count == 1, let namespace = known.first ?? nil { return namespace }
        if !match.kinds.isEmpty {
            section.fault("namespace", expected: "a namespace, since \(Self.names(match)) has no single one")
        }
        return ""
    }

    private static func names(_ match: ResourceMatch) -> String {
        match.kinds.sorted().map(\.rawValue).joined(separator: ", ")
    }

    /// `dimensions`: names, or a mapping of names to a text, `*` for every value that there is, or nothing for the
    /// resource's own; without it the usual ones of the kind.
    private func dimensions(
        _ section: ConfigurationSection, _ match: ResourceMatch, _ namespace: String
    ) -> [String: TemplateDimension] {
        guard section.has("dimensions") else {
            let known = Set(match.kinds.map { KindMetrics.of($0).dimensions })
            let isOwn = match.kinds.allSatisfy { [nil, namespace].contains(KindMetrics.of($0).namespace) }
            if isOwn, known.count == 1, let names = known.first ?? nil {
                return Dictionary(names.map { ($0, .resource) }) { first, _ in first }
            }
            if !match.kinds.isEmpty {
                section.fault(
                    "dimensions",
                    expected:
                        "the names of the dimensions, since metrics of \(namespace) differ for \(Self.names(match))")
            }
            return [:]
        }
        guard section.isMapping("dimensions") else {
            let names = Self.texts("dimensions", section)
            return Dictionary(names.map { ($0, .resource) }) { first, _ in first }
        }
        let pairs = section.pairs("dimensions")
        if pairs.count > 30 { section.fault("dimensions", "expected at most 30 dimensions, as CloudWatch has") }
        for (name, value) in pairs {
            if let fault = PlaceholderText.fault(in: value) { section.fault("dimensions", of: name, fault) }
        }
        return Dictionary(
            pairs.map { name, value in
                (name, value.isEmpty ? .resource : value == "*" ? .listed : .fixed(value))
            }
        ) { first, _ in first }
    }

    /// `math: "100 * errors / requests"` with `metrics: {errors: {metric: …}, requests: {metric: …}}`.
    private func math(_ match: ResourceMatch) -> TemplateData {
        let expression = section.requiredText("math", expected: "an expression, such as 100 * errors / requests")
        let fallback = Self.statistic("stat", section)
        var metrics: [String: TemplateMetric] = [:]
        if let members = section.section("metrics") {
            for id in members.keys {
                if !Self.isID(id) {
                    members.fault(id, "expected an id of a small letter and then letters, digits and _, such as errors")
                }
                guard let member = members.section(id) else { continue }
                metrics[id] = metric(member, match, statistic: fallback)
                member.close()
                if !Self.words(of: expression).contains(id) {
                    members.fault(id, "the expression does not use it: \(expression)")
                }
            }
        } else if !section.has("metrics") {
            section.fault("metrics", expected: "the metrics of the expression by their ids")
        }
        if metrics.count > 10 { section.fault("metrics", "expected at most 10 metrics, as CloudWatch allows") }
        let id = metrics["result"] == nil ? "result" : "expression"
        return .math(metrics: metrics, expressions: [id: expression], returned: id)
    }

    private static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.count <= 255 && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    private static func words(of expression: String) -> Set<String> {
        Set(expression.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
    }

    private func promQL() -> TemplateData {
        let query = section.requiredText("promql", expected: "a query with a comparison, such as up == 0")
        if query.utf16.count > 10_000 { section.fault("promql", "expected at most 10,000 characters") }
        return .promQL(
            query, pendingSeconds: seconds("pending", default: 0, in: 0...86_400),
            recoverySeconds: seconds("recovery", default: 0, in: 0...86_400))
    }

    // MARK: With what it is compared

    private func comparedThreshold(_ data: TemplateData) -> TemplateThreshold {
        let placeholder = TemplateThreshold.value(.greater, 0)
        if section.has("anomaly") {
            if section.has("threshold") { section.fault("threshold", expected: "nothing, since anomaly sets a band") }
            return anomaly()
        }
        guard case .metric(let metric) = data else { return threshold(.unclear) ?? placeholder }
        return threshold(.of(namespace: metric.namespace, metric: metric.metric)) ?? placeholder
    }

    private func queryThreshold() -> TemplateThreshold {
        for key in ["threshold", "datapoints", "missing", "anomaly"] where section.has(key) {
            section.fault(key, expected: "nothing, since a PromQL query has its own comparison and pending its time")
        }
        return .value(.greater, 0)
    }

    /// `anomaly: 2`, or `anomaly: {width: 2, when: above}`.
    private func anomaly() -> TemplateThreshold {
        let widths = 0.1...100.0
        guard section.isMapping("anomaly"), let inner = section.section("anomaly") else {
            return .band(.outside, width: section.number("anomaly", default: 2, in: widths))
        }
        let side = inner.choice("when", default: BandSide.outside)
        let width = inner.number("width", default: 2, in: widths)
        inner.close()
        switch side {
        case .outside: return .band(.outside, width: width)
        case .above: return .band(.above, width: width)
        case .below: return .band(.below, width: width)
        }
    }

    private enum BandSide: String, CaseIterable {
        case outside, above, below
    }

    // MARK: When

    private func period(_ points: RuleSettings.Datapoints, isPromQL: Bool) -> Int {
        let period =
            section.value("period", default: 60, expected: RuleSettings.periodExpected) { RuleSettings.period($0) }
        if isPromQL, period > 3_600 { section.fault("period", expected: "at most 1h for PromQL") }
        // CloudWatch looks back a day, or a week where periods have an hour or more.
        let longest = period < 3_600 ? 86_400 : 604_800
        if period * points.evaluated > longest {
            let range = Duration.seconds(period * points.evaluated).text
            section.fault(
                "datapoints",
                "\(points.evaluated) periods of \(Duration.seconds(period).text) are \(range): CloudWatch looks back "
                    + "\(Duration.seconds(longest).text) with such periods")
        }
        return period
    }

    /// `warm-up: 10m`, or `{duration: 10m, wait: true}` for no evaluation at all before its end.
    private func warmUp() -> AlarmWarmUp? {
        guard section.has("warm-up") else { return nil }
        var waits = false
        let minutes: Int
        if section.isMapping("warm-up"), let inner = section.section("warm-up") {
            waits = inner.flag("wait", default: false)
            minutes = AlarmRuleReader(section: inner, file: file).minutes("duration")
            inner.close()
        } else {
            minutes = self.minutes("warm-up")
        }
        return AlarmWarmUp(minutes: minutes, evaluatesOnlyAfter: waits)
    }

    private func minutes(_ key: String) -> Int {
        let seconds = seconds(key, default: 60, in: 60...2_880 * 60)
        if seconds % 60 != 0 { section.fault(key, expected: "whole minutes, such as 10m") }
        return seconds / 60
    }

    /// `wall-clock`: the time zone in which periods begin at full hours and days.
    private func wallClock() -> EvaluationWindow? {
        section.value("wall-clock", expected: "an IANA name such as Europe/Berlin, or an offset such as +05:30") {
            text in
            guard TimeZoneRules(named: text) != nil || Self.isOffset(text) else { return nil }
            return .wallClock(timeZone: text)
        }
    }

    /// `±hh:mm` in steps of five minutes.
    static func isOffset(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":"),
            let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2))
        else { return false }
        return (0...14).contains(hours) && (0...55).contains(minutes) && minutes % 5 == 0
    }

    // MARK: Style and actions

    /// `style: fleet`, with `group-by: team` or `tag:team`.
    private func style() -> RuleStyle {
        let style = section.choice("style", default: StyleName.resource)
        let tag = section.text("group-by").map { $0.hasPrefix("tag:") ? String($0.dropFirst(4)) : $0 }
        if style == .resource {
            if tag != nil { section.fault("group-by", expected: "nothing without style: fleet") }
            return .resource
        }
        return .fleet(groupByTag: tag)
    }

    private enum StyleName: String, CaseIterable {
        case resource, fleet
    }

    private func actions() -> AlarmActions? {
        guard let inner = section.section("actions") else { return nil }
        let actions = AlarmActions(
            alarm: Self.arns("alarm", inner), ok: Self.arns("ok", inner),
            insufficientData: Self.arns("insufficient-data", inner), areEnabled: inner.flag("enabled", default: true))
        inner.close()
        return actions
    }
}
