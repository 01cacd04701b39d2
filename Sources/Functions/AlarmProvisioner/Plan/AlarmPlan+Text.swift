import Basics
public import CloudWatchAlarms
import TextTables

extension AlarmPlan {
    /// The plan for people: the changes by scope, what they should know, and the numbers.
    /// - Parameters:
    ///   - width: the longest line, in terminal columns, from 40.
    ///   - colour: whether to use terminal colours.
    ///   - maximumSteps: how many changes are listed, for logs; the others are only counted.
    public func lines(width: Int = 100, colour: Bool = false, maximumSteps: Int = .max) -> [String] {
        let writer = PlanWriter(width: max(40, width), colour: colour)
        var lines: [String] = []
        var scope: AlarmScope?
        for step in steps.prefix(maximumSteps) {
            if step.scope != scope {
                if scope != nil { lines.append("") }
                lines.append(writer.styled(step.scope.description, .heading))
                scope = step.scope
            }
            lines += writer.lines(step)
        }
        if steps.count > maximumSteps {
            lines.append("  … and \(counted(steps.count - maximumSteps, "more change"))")
        }
        let notes = notices.map { writer.lines("\($0.level.rawValue): ", $0.text, $0.level == .error ? .bad : .plain) }
        if !notes.isEmpty { lines += (lines.isEmpty ? [] : [""]) + notes.joined() }
        let gaps = gapTexts.map { writer.lines("not listed: ", $0, .plain) }
        if !gaps.isEmpty { lines += (lines.isEmpty ? [] : [""]) + gaps.joined() }
        if !objectives.isEmpty {
            lines += (lines.isEmpty ? [] : [""]) + objectives.flatMap { writer.wrapped($0.description, indent: 2) }
        }
        if !lines.isEmpty { lines.append("") }
        if let refusal { lines += writer.lines("Refused: ", refusal, .bad) }
        return lines + writer.wrapped(summaryText, indent: 0)
    }

    /// What could not be listed: one text for a kind in a scope, since a region that is down has a hundred reasons.
    private var gapTexts: [String] {
        var texts: [(key: String, reason: String, others: Int)] = []
        var positions: [String: Int] = [:]
        for gap in incomplete {
            guard let kind = gap.kind else { continue }
            let key = "\(gap.scope): \(kind.rawValue)"
            if let position = positions[key] {
                texts[position].others += 1
            } else {
                positions[key] = texts.count
                texts.append((key, gap.reason, 0))
            }
        }
        return texts.map { text in
            "\(text.key): \(text.reason)" + (text.others > 0 ? "; and \(counted(text.others, "more failure"))" : "")
        }
    }

    /// `Plan: 3 to create, 1 to change, 0 to delete, 40 unchanged; $12.40 → $12.70 a month`.
    public var summaryText: String {
        let numbers = summary
        var text = "Plan: \(numbers.created) to create, \(numbers.changed) to change, \(numbers.deleted) to delete"
        if numbers.marked > 0 { text += ", \(numbers.marked) to mark as missed" }
        if numbers.cleared > 0 { text += ", \(numbers.cleared) to mark as found again" }
        text += ", \(unchanged) unchanged; "
        let (before, after) = (numbers.costBefore.dollars, numbers.costAfter.dollars)
        text += before == after ? "\(after) a month" : "\(before) → \(after) a month"
        if numbers.unknownCosts > 0 {
            text += ", and what \(counted(numbers.unknownCosts, "alarm")) of unknown price will cost"
        }
        return text + "; \(counted(resources, "resource")), \(counted(readCalls, "read call"))"
    }
}

extension ApplyOutcome {
    /// What failed and what is left, then the numbers.
    public func lines(width: Int = 100, colour: Bool = false) -> [String] {
        let writer = PlanWriter(width: max(40, width), colour: colour)
        let failed = results.filter { $0.failure != nil }
        var lines = failed.flatMap { result in
            writer.lines("failed: ", "\(result.step.scope) \(result.step.name): \(result.failure ?? "")", .bad)
        }
        for result in results {
            guard let reason = result.postponement else { continue }
            lines += writer.lines("left: ", "\(result.step.scope) \(result.step.name): \(reason)", .plain)
        }
        if !untried.isEmpty {
            lines += writer.lines(
                "no time: ",
                "\(counted(untried.count, "change")) left, from \(untried[0].name) on: the next run makes them",
                .plain)
        }
        if !lines.isEmpty { lines.append("") }
        return lines + writer.wrapped(summaryText, indent: 0)
    }

    /// `Done: 4 of 5 changes made, 1 failed, 0 left; 6 write calls`.
    public var summaryText: String {
        let failed = results.count { $0.failure != nil }
        let all = results.count + untried.count
        let done = results.count(where: \.isDone)
        return "Done: \(done) of \(counted(all, "change")) made, \(failed) failed, "
            + "\(all - done - failed) left; \(counted(writeCalls, "write call"))"
    }
}

/// Writes parts of a plan in lines of a width.
private struct PlanWriter {
    let width: Int
    let colour: Bool

    func styled(_ text: String, _ style: Style) -> String {
        let cut = text.printable.cut(to: width)
        return colour ? style.applied(to: cut) : cut
    }

    func lines(_ step: AlarmPlanStep) -> [String] {
        let cost = step.costAfter - step.costBefore
        var price = cost.magnitude < 0.005 ? "" : cost < 0 ? cost.dollars : "+" + cost.dollars
        if case .create(let wanted) = step.change, wanted.alarm.monthlyCost.unknownPart != nil { price = "+$?" }
        switch step.change {
        case .create(let wanted):
            return head("+", step.name, price, .good) + details([wanted.alarm.summaryText, wanted.reason.text])
        case .createMuteRule(let wanted):
            let rule = wanted.rule
            let text = "mutes \(counted(rule.alarms.count, "alarm")), \(rule.schedule) for \(rule.duration.text)"
            return head("+", "mute rule \(step.name)", price, .good) + details([text])
        case .update(_, _, let differences): return head("~", step.name, price, .heading) + changes(differences)
        case .updateMuteRule(_, _, let differences):
            return head("~", "mute rule \(step.name)", price, .heading) + changes(differences)
        case .delete(_, let reason): return head("-", step.name, price, .bad) + details(["because \(reason)"])
        case .deleteMuteRule(_, let reason):
            return head("-", "mute rule \(step.name)", price, .bad) + details(["because \(reason)"])
        case .markMissed: return head("?", step.name, price, .faint) + details(["its resource is gone; kept for now"])
        case .clearMissed: return head("!", step.name, price, .faint) + details(["its resource is back"])
        }
    }

    /// A heading, then the text in further lines.
    func lines(_ title: String, _ text: String, _ style: Style) -> [String] {
        var lines = wrapped(title + text, indent: 2)
        if colour, !lines.isEmpty { lines[0] = style.applied(to: lines[0]) }
        return lines
    }

    /// The text in lines that fit; all but the first begin with spaces.
    func wrapped(_ text: String, indent: Int) -> [String] { text.wrapped(to: width, indent: indent) }

    private func head(_ sign: String, _ name: String, _ price: String, _ style: Style) -> [String] {
        // A name is never cut: people copy it.
        var lines = "\(sign) \(name)".wrapped(to: width - 2, indent: 2)
        let hasRoom = price.isEmpty || (lines.last?.displayWidth ?? 0) + 2 + price.displayWidth <= width - 2
        lines = lines.map { "  " + (colour ? style.applied(to: $0) : $0) }
        guard !price.isEmpty else { return lines }
        if hasRoom { lines[lines.count - 1] += "  \(price)" } else { lines.append("    \(price)") }
        return lines
    }

    private func details(_ texts: [String]) -> [String] {
        texts.filter { !$0.isEmpty }.flatMap { text in
            let inner = PlanWriter(width: width - 6, colour: false)
            return inner.wrapped(text, indent: 2).map { "      " + (colour ? Style.faint.applied(to: $0) : $0) }
        }
    }

    private func changes(_ differences: [AlarmDifference]) -> [String] {
        differences.flatMap { difference in
            let inner = PlanWriter(width: width - 6, colour: false)
            return inner.wrapped("\(difference.setting): \(difference.from) → \(difference.to)", indent: 2).map {
                "      " + $0
            }
        }
    }
}

extension AlarmReason {
    /// `rule lambda-errors (rules.yaml:12): 0.9 × timeout_ms = 2,700`.
    fileprivate var text: String {
        "rule \(rule) (\(origin))" + (threshold.isEmpty ? "" : ": \(threshold)")
    }
}

extension Alarm {
    /// What it compares, in one line: `Sum of AWS/Lambda Errors ≥ 1, 2 of 3 × 1 m`.
    public var summaryText: String {
        switch condition {
        case .metric(let condition):
            let datapoints = "\(condition.datapointsToAlarm) of \(condition.evaluationPeriods)"
            let (data, period) = condition.data.summary
            let threshold =
                switch condition.threshold {
                case .value(let comparison, let value): "\(comparison.sign) \(value.plainText)"
                case .band(let comparison, _): "\(comparison) its band"
                }
            return "\(data) \(threshold), \(datapoints)"
                + (period.map { " × \(Duration.seconds($0).text)" } ?? "")
        case .promQL(let condition):
            // Queries of objectives are pages long: their beginning says which metric it is.
            return "PromQL " + condition.query.split(whereSeparator: \.isWhitespace).joined(separator: " ").cut(to: 240)
        case .composite(let condition): return condition.rule.description
        case .log(let condition):
            return "\(condition.aggregation) of \(condition.query) \(condition.comparison.sign) "
                + "\(condition.threshold.plainText), \(condition.schedule)"
        }
    }
}

extension AlarmData {
    fileprivate var summary: (text: String, period: Int?) {
        switch self {
        case .metric(let statistic):
            return ("\(statistic.statistic) of \(statistic.namespace) \(statistic.metric)", statistic.period)
        case .queries(let queries):
            let returned = queries.first { query in
                if case .expression = query.source { query.returnsData } else { false }
            }
            let periods = queries.compactMap { query -> Int? in
                switch query.source {
                case .metric(let statistic, _): statistic.period
                case .expression(_, let period): period
                }
            }
            if let returned, case .expression(let text, _) = returned.source { return (text, periods.first) }
            // One metric, written as a query.
            for query in queries where query.returnsData {
                if case .metric(let statistic, _) = query.source { return AlarmData.metric(statistic).summary }
            }
            return ("math", periods.first)
        }
    }
}
