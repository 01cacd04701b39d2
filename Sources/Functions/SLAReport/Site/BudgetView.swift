internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages
internal import TimeZones

/// What was promised, what is left of the failures that it allows, and how fast they are used up.
struct BudgetView {
    let history: ServiceHistory
    let now: Timestamp
    let zone: TimeZoneRules
    /// The days of the budget.
    let days: Int

    func write(into html: inout HTML) {
        let range = (now - .seconds(days * 86_400))..<now
        guard let budget = history.errorBudget(in: range, now: now) else { return }
        html.element("p") { html in
            html.element("strong", "\(PageText.percent(budget.objective / 100)) ")
            html.text("of all results are to be good, over \(HistoryReach.name(days)). \(sentence(budget))")
        }
        writeMeter(budget, &html)
        html.element("p", ["class": "note"], allowance(budget))
        writeBurnRates(range, &html)
    }

    private func sentence(_ budget: ErrorBudget) -> String {
        let left = BudgetText.left(budget, days: days)
        let since =
            budget.exhaustedAt.flatMap { $0 <= now ? ", used up since \(PageText.moment($0, zone))" : nil } ?? ""
        return left.prefix(1).uppercased() + left.dropFirst() + since + "."
    }

    /// The part of the budget that is left, as a bar.
    private func writeMeter(_ budget: ErrorBudget, _ html: inout HTML) {
        let left = min(1, max(0, budget.left))
        let tone = budget.isOverspent || budget.left <= 0 ? "bad" : left < 0.25 ? "warn" : "good"
        html.element(
            "svg",
            [
                "class": "meter \(tone)", "viewBox": "0 0 100 1", "preserveAspectRatio": "none", "role": "img",
                "aria-label": "Error budget left: \(PageText.percent(left))",
            ]
        ) { html in
            html.empty("path", ["d": "M0 .5h100"], isSVG: true)
            if left > 0 {
                html.empty("path", ["class": "left", "d": "M0 .5h\(Int((left * 100).rounded(.up)))"], isSVG: true)
            }
        }
    }

    private func allowance(_ budget: ErrorBudget) -> String {
        let allowed = Int(budget.allowed.rounded(.down))
        let failed = "\(counted(budget.used, "result")) failed; "
        if budget.allowed <= 0 { return failed + "the objective allows none." }
        return failed
            + (allowed == 0
                ? "in so few results the objective allows none."
                : "the objective allows \(allowed) in the results so far.")
    }

    private func writeBurnRates(_ range: Range<Timestamp>, _ html: inout HTML) {
        let windows: [(hours: Int, name: String)] = [(1, "1 hour"), (6, "6 hours"), (24, "1 day"), (72, "3 days")]
        html.table("Burn rates", ["Pace of the last", "Burn rate", "At this pace"], classes: "outages") { html in
            for window in windows {
                guard
                    let budget = history.errorBudget(in: range, lookBack: .seconds(window.hours * 3_600), now: now)
                else { continue }
                html.element("tr") { html in
                    html.element("td", window.name)
                    html.element("td", budget.burnRate.map { "\(PageText.number($0)) ×" } ?? "no data")
                    html.element("td", outlook(budget))
                }
            }
        }
        html.element(
            "p", ["class": "note"],
            "A burn rate of 1 uses up the budget in exactly \(HistoryReach.name(days)); of 2 in half of that.")
    }

    /// When the budget is used up, in plain words.
    private func outlook(_ budget: ErrorBudget) -> String {
        if budget.left <= 0 || budget.isOverspent {
            guard let rate = budget.burnRate, rate > 0 else {
                return budget.burnRate == nil ? "no data" : "no more is used"
            }
            return "a whole budget would last \(PageText.length(.seconds(Double(days * 86_400) / rate)))"
        }
        if let time = budget.exhaustedAt {
            return "used up in \(PageText.length(time - now)), on \(PageText.moment(time, zone))"
        }
        guard let rate = budget.burnRate else { return "nothing can be said" }
        return rate == 0 ? "nothing is used up" : "the budget lasts"
    }
}
