import Basics
import ServiceLevels

/// The PromQL of an objective's alarms.
///
/// Metrics that came by OTLP have their CloudWatch name and their dimensions as labels. They are selected by
/// `{__name__="integration-sla-attempts"}`, which is the same as `{"integration-sla-attempts"}` and is PromQL before
/// version 3, too. Their values are delta sums, of which `sum_over_time` is the number of events; `rate` and `increase`
/// would take them for counters.
struct ObjectiveQueries {
    private let indicator: Indicator
    private let budget: Double
    private let traffic: TrafficMinimum

    /// - Parameter region: what `{region}` in dimensions stands for.
    init(_ objective: Objective, region: String) {
        indicator = objective.indicator.inRegion(region)
        budget = objective.budget
        traffic = objective.traffic
    }

    /// Whether the number of events can be told, so that little traffic can be told, too.
    var countsEvents: Bool {
        switch indicator {
        case .promQLEvents(_, _, let unit): unit != .unknown
        case .promQLRatio: false
        case .metrics: true
        }
    }

    /// A query that has a result while one of the rates is exceeded in both of its windows.
    func query(_ rates: [BurnRate]) -> String {
        rates.map { rate in "(\(exceeds(rate)))" }.joined(separator: "\nor\n")
    }

    private func exceeds(_ rate: BurnRate) -> String {
        let threshold = rate.threshold(budget: budget)
        var terms = [rate.long, rate.short].map { "(\(ratio($0))) > \(threshold)" }
        if let failures = count(bad, in: rate.long), traffic.failures > 1 {
            // Rates are extrapolated to the ends of the window: 3 failures may be counted as 2.9.
            terms.append("\(failures) > \(Double(traffic.failures) - 0.5)")
        }
        if let events = count(total, in: rate.long), traffic.events > 1 {
            terms.append("\(events) > \(Double(traffic.events) - 0.5)")
        }
        return terms.joined(separator: "\n  and ")
    }

    private func ratio(_ window: Int) -> String {
        if case .promQLRatio(let bad) = indicator { return bad.overRange(window) }
        return "(\(bad(window))) / (\(total(window)))"
    }

    /// How many events a query tells of; nil when that cannot be said.
    private func count(_ query: (Int) -> String, in window: Int) -> String? {
        guard countsEvents else { return nil }
        if case .promQLEvents(_, _, .perSecond) = indicator { return "(\(query(window))) * \(window)" }
        return "(\(query(window)))"
    }

    private func bad(_ window: Int) -> String {
        switch indicator {
        case .promQLEvents(let bad, _, _), .promQLRatio(let bad): return bad.overRange(window)
        case .metrics(let counted, .bad, _, _): return sum(counted, window)
        case .metrics(let counted, .good, let total, _):
            // Without a single good event there is no good series, and all events are bad.
            let total = sum(total, window)
            return "(\(total)) - ((\(sum(counted, window))) or (\(total)) * 0)"
        }
    }

    private func total(_ window: Int) -> String {
        switch indicator {
        case .promQLEvents(_, let total, _): total.overRange(window)
        case .promQLRatio: "1"
        case .metrics(_, _, let total, _): sum(total, window)
        }
    }

    private func sum(_ metrics: [CountedMetric], _ window: Int) -> String {
        let sums = metrics.map { metric in
            let function = metric.statistic == .sampleCount ? "count_over_time" : "sum_over_time"
            return "sum(\(function)(\(metric.selector)[\(window.promQLRange)]))"
        }
        guard sums.count > 1 else { return sums.joined() }
        // A metric that is missing must not make the whole sum missing.
        return "sum("
            + sums.enumerated().map { "label_replace(\($0.element), \"part\", \"\($0.offset)\", \"\", \"\")" }
            .joined(separator: " or ") + ")"
    }
}

extension CountedMetric {
    /// `{__name__="success",group="shop"}`.
    fileprivate var selector: String {
        let matchers = dimensions.sorted { $0.key < $1.key }.map { ($0.key.promQLLabel, $0.value) }
        let all = [("__name__", metric)] + matchers
        return "{" + all.map { "\($0.0)=\($0.1.promQLText)" }.joined(separator: ",") + "}"
    }
}

extension String {
    /// With the range in place of every `{{.window}}`.
    fileprivate func overRange(_ window: Int) -> String {
        replacingBytes(Indicator.window, with: window.promQLRange)
    }

    /// In quotes, as PromQL has texts.
    var promQLText: String {
        "\"" + replacingBytes("\\", with: "\\\\").replacingBytes("\"", with: "\\\"").replacingBytes("\n", with: "\\n")
            + "\""
    }

    /// As the name of a label: in quotes when it has other characters than letters, digits and `_`.
    fileprivate var promQLLabel: String {
        let isPlain =
            utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
            && !(utf8.first.map { (0x30...0x39).contains($0) } ?? true)
        return isPlain ? self : promQLText
    }
}

extension Int {
    /// A number of seconds as a range: `3d`, `6h`, `90m`, `61s`.
    fileprivate var promQLRange: String {
        for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m")] where self % unit == 0 {
            return "\(self / unit)\(name)"
        }
        return "\(self)s"
    }
}

extension Indicator {
    /// With the region in place of every `{region}` in dimensions.
    func inRegion(_ region: String) -> Indicator {
        guard case .metrics(let counted, let counts, let total, let source) = self else { return self }
        func placed(_ metrics: [CountedMetric]) -> [CountedMetric] {
            metrics.map { metric in
                var metric = metric
                metric.dimensions = metric.dimensions.mapValues { $0.replacingBytes("{region}", with: region) }
                return metric
            }
        }
        return .metrics(placed(counted), counts: counts, total: placed(total), source: source)
    }
}
