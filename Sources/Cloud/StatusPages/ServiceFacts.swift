public import Basics
public import Markup
public import ServiceHistory
public import TimeZones

/// The details of a service: what is checked, what was promised, its outages.
struct ServiceFacts {
    let entry: ServiceEntry
    /// The days that are known of.
    let days: Int
    let now: Timestamp
    let zone: TimeZoneRules

    /// Of more outages only the newest are told here.
    private static let maximumOutages = 3

    func write(into html: inout HTML) {
        html.element("dl", ["class": "facts"]) { html in
            for (name, text) in facts {
                html.unclosed("dt", name)
                html.unclosed("dd", text)
            }
        }
        writeOutages(&html)
        if let page = entry.page {
            html.element("p") { html in
                html.element("a", ["href": page], "All about \(PageText.line(entry.history.name, limit: 80))")
            }
        }
    }

    private var facts: [(String, String)] {
        var facts: [(String, String)] = []
        if let target = entry.target {
            facts.append((entry.history.kind == .check ? "Endpoint" : "Command", PageText.line(target)))
        }
        if let time = entry.lastResult {
            let seconds = entry.lastSeconds.map { ", \(PageText.seconds($0))" } ?? ""
            facts.append(("Last result", PageText.moment(time, zone) + seconds))
        } else {
            facts.append(("Last result", "none yet"))
        }
        let budgetDays = min(30, days)
        if let budget = entry.history.errorBudget(in: (now - .seconds(budgetDays * 86_400))..<now, now: now) {
            let left = BudgetText.left(budget, days: budgetDays)
            facts.append(("Objective", "\(PageText.cut(budget.objective, digits: 2)) %; \(left)"))
        }
        if let days = entry.certificateDays { facts.append(("Certificate", CertificateText.long(days))) }
        return facts
    }

    private func writeOutages(_ html: inout HTML) {
        let range = (now - .seconds(days * 86_400))..<now
        let outages = entry.history.outages(in: range, now: now)
        guard !outages.isEmpty else {
            if let text = noOutages(in: range) { html.element("p", ["class": "note"], text) }
            return
        }
        OutageTable(outages: outages.suffix(Self.maximumOutages).reversed(), now: now, zone: zone).write(into: &html)
        let left = outages.count - Self.maximumOutages
        if left > 0 {
            let time = HistoryReach.time(of: entry.history, days: days, until: now, zone)
            html.element("p", ["class": "note"], "\(counted(left, "earlier outage")) \(time).")
        }
    }

    /// Since when there were no outages; nil when nothing is known at all.
    private func noOutages(in range: Range<Timestamp>) -> String? {
        guard let last = entry.history.points.last else { return nil }
        guard last.end > range.lowerBound else { return "No results in \(HistoryReach.name(days))." }
        return "No outages \(HistoryReach.time(of: entry.history, days: days, until: now, zone))."
    }
}

/// Outages with their start, duration and cause.
public struct OutageTable {
    /// In the order in which they are shown.
    public var outages: [Outage]
    /// How long an outage that lasts has lasted is counted up to here.
    public var now: Timestamp
    /// Times are written in it.
    public var zone: TimeZoneRules

    /// A table of these outages.
    public init(outages: [Outage], now: Timestamp, zone: TimeZoneRules) {
        (self.outages, self.now, self.zone) = (outages, now, zone)
    }

    /// Writes the table.
    public func write(into html: inout HTML) {
        html.element("table", ["class": "outages"]) { html in
            html.literal("<thead><tr><th>Outage began<th>Lasted<th>Cause<tbody>")
            for outage in outages {
                html.unclosed("tr")
                html.unclosed("td", PageText.moment(outage.start, zone))
                html.unclosed("td", duration(outage))
                html.unclosed("td", outage.cause.map { PageText.line($0) } ?? "not known")
            }
        }
    }

    private func duration(_ outage: Outage) -> String {
        guard let end = outage.end else { return "\(PageText.length(now - outage.start)) so far" }
        return PageText.length(end - outage.start)
    }
}

/// Says in words what is left of an error budget.
public enum BudgetText {
    /// `62.3 % of the error budget of 30 days left`.
    public static func left(_ budget: ErrorBudget, days: Int) -> String {
        if budget.allowed <= 0 && budget.used > 0 { return "no failure is allowed, there were \(budget.used)" }
        if let times = budget.overspentTimes {
            return "the error budget of \(HistoryReach.name(days)) is overspent \(times) times"
        }
        if budget.left < 0 {
            return "the error budget of \(HistoryReach.name(days)) is overspent by \(PageText.percent(-budget.left))"
        }
        return "\(PageText.percent(budget.left)) of the error budget of \(HistoryReach.name(days)) left"
    }
}
