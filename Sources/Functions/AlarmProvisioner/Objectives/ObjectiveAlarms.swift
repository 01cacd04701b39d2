import Basics
import CloudWatchAlarms
import ServiceLevels

extension ObjectiveRule {
    /// The alarms of the objective in an account and region, in the style that the rule asks for.
    ///
    /// With PromQL there are two, `…-page` and `…-ticket`. With metric math there are two composites of these names and
    /// below them an alarm without actions for each window of each burn rate.
    public func alarms(options: AlarmOptions, scope: AlarmScope) -> DesiredAlarms {
        let builder = ObjectiveAlarmBuilder(rule: self, options: options, scope: scope)
        switch choice {
        case .failure(let obstacle):
            return DesiredAlarms(notices: [RuleNotice(.error, "\(title): \(obstacle.reason)")])
        case .success(.promQL): return builder.promQL()
        case .success: return builder.metricMath()
        }
    }

    /// What both ways would take, for the plan and the list of rules.
    public func cost(options: AlarmOptions, scope: AlarmScope) -> ObjectiveCost {
        let builder = ObjectiveAlarmBuilder(rule: self, options: options, scope: scope)
        func way(_ obstacle: ObjectiveObstacle?, _ build: () -> DesiredAlarms) -> ObjectiveCost.Way {
            if let obstacle { return ObjectiveCost.Way(obstacle: obstacle.reason) }
            let costs = build().alarms.map(\.alarm.monthlyCost)
            return ObjectiveCost.Way(
                alarms: costs.count, dollars: costs.reduce(0) { $0 + $1.dollars },
                unknownPart: costs.lazy.compactMap(\.unknownPart).first)
        }
        return ObjectiveCost(
            rule: name, origin: origin, chosen: try? choice.get(),
            promQL: way(promQLObstacle, builder.promQL), metricMath: way(metricMathObstacle, builder.metricMath))
    }

    /// `SLO shop/checks (slo.yaml:3)`.
    var title: String { "SLO \(name) (\(origin))" }

    /// `shop/checks`: what its alarms have as their rule.
    var name: String { "\(objective.service)/\(objective.name)" }

    /// The style that is used, or why there is none.
    private var choice: Result<ObjectiveStyle, ObjectiveObstacle> {
        switch style {
        case .promQL: promQLObstacle.map(Result.failure) ?? .success(.promQL)
        case .metricMath: metricMathObstacle.map(Result.failure) ?? .success(.metricMath)
        case .automatic:
            if promQLObstacle == nil {
                .success(.promQL)
            } else {
                metricMathObstacle.map(Result.failure) ?? .success(.metricMath)
            }
        }
    }

    /// Why PromQL cannot be used; nil when it can.
    private var promQLObstacle: ObjectiveObstacle? {
        guard case .metrics(_, _, _, .cloudwatch) = objective.indicator else { return nil }
        return ObjectiveObstacle(
            reason:
                "PromQL sees metrics that came by OTLP only, and these are CloudWatch's own: set `source: otlp` when "
                + "they are written with METRIC_OUTPUT=otlp, or `style: math`")
    }

    /// Why metric math cannot be used; nil when it can.
    private var metricMathObstacle: ObjectiveObstacle? {
        guard case .metrics(let counted, _, let total, let source) = objective.indicator else {
            return ObjectiveObstacle(
                reason: "its indicator is PromQL, which metric math cannot read: use `style: promql`")
        }
        if source == .otlp {
            return ObjectiveObstacle(
                reason:
                    "metric math does not see metrics that came by OTLP: use `style: promql`, or `source: cloudwatch`")
        }
        let metrics = counted.count + total.count
        guard metrics > ObjectiveMath.maximumMetrics else { return nil }
        return ObjectiveObstacle(
            reason: "it adds \(metrics) metrics, and an alarm takes \(ObjectiveMath.maximumMetrics) at most: split the "
                + "objective, or write the metrics with METRIC_OUTPUT=otlp and set `source: otlp`")
    }
}

/// Why the alarms of an objective cannot be written in a style.
struct ObjectiveObstacle: Error {
    let reason: String
}

/// What the alarms of an objective take, each way; for the plan.
public struct ObjectiveCost: Sendable, Hashable, CustomStringConvertible {
    /// `shop/checks`.
    public var rule: String
    /// Where the objective stands.
    public var origin: RuleOrigin
    /// The way that is taken; nil when none is possible.
    public var chosen: ObjectiveStyle?
    /// Two alarms, or more where conditions of one severity have different delays.
    public var promQL: Way
    /// An alarm for each window, and two composites.
    public var metricMath: Way

    /// One way.
    public struct Way: Sendable, Hashable {
        /// How many alarms, composites included.
        public var alarms = 0
        /// US dollars a month, as far as they are known.
        public var dollars = 0.0
        /// Why it costs more, by an amount that is not known; nil when all is known.
        public var unknownPart: String?
        /// Why it cannot be taken; nil when it can.
        public var obstacle: String?

        fileprivate func text(_ name: String) -> String {
            if let obstacle { return "\(name) is not possible: \(obstacle)" }
            return "by \(name) \(counted(alarms, "alarm")), \(dollars.dollars) a month"
                + (unknownPart.map { " and more (\($0))" } ?? "")
        }
    }

    /// `SLO shop/checks (slo.yaml:3): by metric math 10 alarms, $2.60 a month; PromQL is not possible: …`, the way that
    /// is taken first.
    public var description: String {
        let ways = [promQL.text("PromQL"), metricMath.text("metric math")]
        return "SLO \(rule) (\(origin)): " + (chosen == .promQL ? ways : ways.reversed()).joined(separator: "; ")
    }
}

/// Builds the alarms of one objective.
private struct ObjectiveAlarmBuilder {
    let rule: ObjectiveRule
    let options: AlarmOptions
    let scope: AlarmScope

    private var objective: Objective { rule.objective }
    private var rates: BurnRates { BurnRates(for: objective) }

    /// An alarm for each severity, or for each delay of its burn rates.
    func promQL() -> DesiredAlarms {
        var result = DesiredAlarms(notices: notices)
        let queries = ObjectiveQueries(objective, region: scope.region)
        if !queries.countsEvents {
            result.notices.append(
                RuleNotice(
                    .warning,
                    "\(rule.title): its indicator is a share of unknown size, so few failures of few events can alarm; "
                        + "state events instead, with rate or increase"))
        }
        for severity in BurnSeverity.allCases {
            let own = rates.rates.filter { $0.severity == severity }
            // An alarm has one delay, so that rates with another one need an alarm of their own.
            let delays = Set(own.map(\.pending)).sorted()
            for delay in delays {
                let rates = own.filter { $0.pending == delay }
                let query = queries.query(rates)
                let name = "\(severity)" + (delay == delays[0] ? "" : "-after-\(Duration.seconds(delay).compact)")
                guard query.utf8.count <= Self.maximumQuery else {
                    result.notices.append(
                        RuleNotice(
                            .error,
                            "\(rule.title): no alarm \(name), because its query has \(query.utf8.count) characters and "
                                + "CloudWatch takes \(Self.maximumQuery): shorten the queries by recorded metrics"))
                    continue
                }
                let condition = PromQLCondition(
                    query: query, pendingSeconds: delay, recoverySeconds: severity == .page ? 300 : 900,
                    interval: severity == .page ? 60 : 300)
                result.alarms.append(desired(name, severity, rates, .promQL(condition), &result.notices))
            }
        }
        return result
    }

    /// A composite for each severity, after the alarms for its windows.
    func metricMath() -> DesiredAlarms {
        var result = DesiredAlarms(notices: notices)
        guard let math = ObjectiveMath(objective, region: scope.region) else { return result }
        for severity in BurnSeverity.allCases {
            let own = rates.rates.filter { $0.severity == severity }
            guard !own.isEmpty else { continue }
            var pairs: [AlarmRuleExpression] = []
            for rate in own {
                let windows = [true, false].map { window(rate, isLong: $0, math) }
                result.alarms += windows
                pairs.append(.and(windows.map { .state(.alarm, alarm: $0.alarm.name) }))
                if rate.pending > 0 {
                    result.notices.append(
                        RuleNotice(
                            .warning,
                            "\(rule.title): metric math knows no delay, so the alarm comes at once and not after "
                                + Duration.seconds(rate.pending).text))
                }
            }
            let expression = pairs.count == 1 ? pairs[0] : .or(pairs)
            result.alarms.append(
                desired(
                    severity.rawValue, severity, own, .composite(CompositeCondition(rule: expression)),
                    &result.notices))
        }
        return result
    }

    private var notices: [RuleNotice] { rates.notices.map { RuleNotice(.warning, "\(rule.title): \($0)") } }

    /// The most characters of a PromQL query.
    private static let maximumQuery = 10_000

    /// An alarm for one window of a burn rate, without actions.
    private func window(_ rate: BurnRate, isLong: Bool, _ math: ObjectiveMath) -> DesiredAlarm {
        let range = Duration.seconds(isLong ? rate.long : rate.short)
        let name = name("\(rate.severity)-\(rate.name)-\(range.compact)")
        let alarm = Alarm(
            name: name,
            description: "Part of \(self.name(rate.severity.rawValue)): more than "
                + "\((rate.threshold(budget: objective.budget) * 100).short) % of the events of \(range.words) are bad",
            condition: .metric(math.condition(rate, isLong: isLong)),
            tags: tags(rate.severity, objective.labels))
        return DesiredAlarm(alarm: alarm, scope: scope, reason: reason([rate]))
    }

    /// The alarm that people hear of.
    private func desired(
        _ part: String, _ severity: BurnSeverity, _ rates: [BurnRate], _ condition: AlarmCondition,
        _ notices: inout [RuleNotice]
    ) -> DesiredAlarm {
        let alert = (severity == .page ? objective.page : objective.ticket) ?? ObjectiveAlert()
        let labels = objective.labels.merging(alert.labels) { $1 }
        // Of its label `severity`, of the severity itself, or of the nearest common one.
        let severities = [labels["severity"], severity.rawValue, severity == .page ? "critical" : "warning"]
        let alarm = Alarm(
            name: name(part), description: description(rates, alert), condition: condition,
            actions: options.actions(severities.compactMap(\.self), in: scope, &notices),
            tags: tags(severity, labels))
        return DesiredAlarm(alarm: alarm, scope: scope, reason: reason(rates))
    }

    private func tags(_ severity: BurnSeverity, _ labels: [String: String]) -> [String: String] {
        var tags = [AlarmOptions.severityTag: severity.rawValue]
        // 50 tags at most, of which five are ours.
        for (name, value) in labels.sorted(by: { $0.key < $1.key }).prefix(45) where !name.hasPrefix("aws:") {
            tags[AlarmTagText.key(name)] = AlarmTagText.value(value)
        }
        tags[AlarmOptions.ownerTag] = options.owner
        tags[AlarmOptions.ruleTag] = AlarmTagText.value(rule.name)
        tags[AlarmOptions.originTag] = AlarmTagText.value(rule.origin.place)
        return tags
    }

    private func reason(_ rates: [BurnRate]) -> AlarmReason {
        AlarmReason(
            rule: rule.name, origin: rule.origin,
            threshold: rates.map { rate in
                "\(rate.factor.short) × \((objective.budget * 100).short) % budget = "
                    + "\((rate.threshold(budget: objective.budget) * 100).short) % bad events"
            }.joined(separator: ", or "))
    }

    /// In plain words, with the time until the budget is used up.
    private func description(_ rates: [BurnRate], _ alert: ObjectiveAlert) -> String {
        let window = objective.window.words
        let burns = rates.map { rate in
            "\(rate.factor.short) times too fast (in \(Duration.seconds(rate.long).words) and in the last "
                + "\(Duration.seconds(rate.short).words)), at which the budget of \(window) is used up in "
                + rate.exhaustion(of: objective.window).words
        }
        let texts = ["summary", "description", "runbook", "runbook_url"].compactMap { alert.annotations[$0] }
            // What Prometheus would fill in has no meaning here.
            .filter { !$0.containsBytes("{{") }
        let own = objective.description.isEmpty ? [] : [objective.description]
        let text =
            "\(rule.name): \((objective.target * 100).short) % in \(window) is in danger. "
            + "Errors burn the budget \(burns.joined(separator: ", or ")). " + (own + texts).joined(separator: " ")
        return String(text.trimmingWhitespace).cut(to: 1_024)
    }

    /// `<prefix>-slo-<service>-<objective>-<part>`, at most 255 bytes; a name that is cut ends with a hash of the
    /// whole.
    private func name(_ part: String) -> String {
        let start = "\(options.prefix)-slo-\(objective.service)-\(objective.name)"
            .unicodeScalars.reduce(into: "") { $0.unicodeScalars.append($1.isInvisible ? "_" : $1) }
        let name = "\(start)-\(part)"
        guard name.utf8.count > 255 else { return name }
        let end = "~\(hash(start))-\(part)"
        return start.cut(to: 255 - end.utf8.count) + end
    }

    /// FNV-1a: the same in every process.
    private func hash(_ text: String) -> String {
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

extension Duration {
    /// `5m`, `6h`, `3d`, `18h12m`.
    fileprivate var compact: String { words.split(separator: " ").map(String.init).joined() }

    /// Its two largest units; days from one whole day on: `5 m`, `1 d`, `2 d 2 h`.
    fileprivate var words: String {
        let days = self / .seconds(86_400)
        return days >= 1 && days == days.rounded(.down) ? "\(Int(days)) d" : text
    }
}

extension String {
    /// The first whole characters that have this many bytes at most.
    fileprivate func cut(to bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var result = ""
        var size = 0
        for character in self {
            size += String(character).utf8.count
            if size > bytes { break }
            result.append(character)
        }
        return result
    }
}
