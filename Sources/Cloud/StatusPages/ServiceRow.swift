internal import Basics
internal import Markup
internal import ServiceHistory
internal import TimeZones

/// One service: a line with its state, bars and availability, and details that open below it.
struct ServiceRow {
    let entry: ServiceEntry
    /// The id of its element.
    let id: String
    let section: ServiceSection

    private var history: ServiceHistory { entry.history }

    func write(in frame: inout BarsFrame, into html: inout HTML) {
        html.element("li", ["id": id, "class": "row"]) { html in
            html.element("details") { html in
                html.element("summary") { html in writeName(&html) }
                html.element("div", ["class": "inside"]) { html in
                    ServiceFacts(entry: entry, days: section.reach.days, now: section.now, zone: section.zone).write(
                        into: &html)
                    section.details?(entry, &html)
                }
            }
            for (unit, count) in [(HistoryBar.Unit.hour, section.reach.hours), (.day, section.reach.days)] {
                let bars = history.bars(unit, count: count, until: section.now, zone: section.zone)
                ServiceBars(bars: bars, unit: unit, zone: section.zone, name: name).write(in: &frame, into: &html)
            }
            writeAvailability(&html)
        }
    }

    private var name: String { PageText.line(history.name, limit: 80) }

    private func writeName(_ html: inout HTML) {
        StateIcon.write(entry.state, into: &html)
        html.element("span", ["class": "vh"], entry.state.title + ": ")
        html.element("strong", name)
        if let days = entry.certificateDays, let tone = CertificateText.tone(days) {
            html.element("span", ["class": "chip \(tone)"], CertificateText.short(days))
        }
        if entry.state != .up && entry.state != .unknown {
            html.element("span", ["class": "chip \(entry.state.rawValue)"], entry.state.title)
        } else if let seconds = entry.lastSeconds {
            html.element("small", PageText.seconds(seconds))
        } else if entry.state == .unknown {
            html.element("small", entry.state.title)
        }
    }

    private func writeAvailability(_ html: inout HTML) {
        html.element("p", ["class": "a"]) { html in
            for days in section.reach.ranges {
                let range = (section.now - .seconds(days * 86_400))..<section.now
                let availability = history.availability(in: range, now: section.now)
                let tone = AvailabilityTone.of(availability, objective: history.objective)
                html.element("span", tone.isEmpty ? [:] : ["class": tone]) { html in
                    html.element("small", HistoryReach.short(days) + " ")
                    html.text(availability.percentText)
                }
            }
        }
    }
}

/// What is to be said of a certificate's end.
public enum CertificateText {
    /// `bad` within a week, `warn` within 30 days; nil when there is time.
    static func tone(_ days: Int) -> String? { days < 7 ? "bad" : days < 30 ? "warn" : nil }

    /// `certificate: 12 days`.
    static func short(_ days: Int) -> String {
        days < 0 ? "certificate expired" : days == 0 ? "certificate ends today" : "certificate: \(counted(days, "day"))"
    }

    /// `ends in 12 days`.
    public static func long(_ days: Int) -> String {
        switch days {
        case ..<0: "expired \(counted(-days, "day")) ago"
        case 0: "ends today"
        default: "ends in \(counted(days, "day"))"
        }
    }
}
