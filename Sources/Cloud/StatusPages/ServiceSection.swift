public import Basics
public import Markup
internal import ServiceHistory
public import TimeZones

/// Services by group: their state, availability, bars by hour and day with one time axis, outages, certificates.
public struct ServiceSection {
    /// In the order in which they are shown; those of a group need not stand together.
    public var entries: [ServiceEntry]
    /// The end of the time that is shown.
    public var now: Timestamp
    /// Days begin at its midnight, and times are written in it.
    public var zone: TimeZoneRules
    /// How far back it goes.
    let reach: HistoryReach
    /// Writes more into a service's details: buttons, links.
    public var details: ((ServiceEntry, inout HTML) -> Void)?

    /// A section of these services.
    /// - Parameter days: how many days of their results were read, at most 90.
    public init(
        entries: [ServiceEntry], now: Timestamp, days: Int = 90, zone: TimeZoneRules = .utc,
        details: ((ServiceEntry, inout HTML) -> Void)? = nil
    ) {
        self.entries = entries
        self.now = now
        self.zone = zone
        reach = HistoryReach(days: days, of: entries.map(\.history), until: now)
        self.details = details
    }

    /// Groups below so many rows are drawn when they come into view; until then their height is a guess, so what is
    /// seen at first would move.
    private static let rowsAtOnce = 20

    /// Writes the groups; the heading above them is the caller's.
    public func write(into html: inout HTML) {
        var frame = BarsFrame()
        var inside = HTML()
        writeColumns(&inside)
        writeGroups(in: &frame, &inside)
        frame.write("services", zone, around: inside, into: &html)
    }

    private func writeGroups(in frame: inout BarsFrame, _ html: inout HTML) {
        var ids = ElementIDs()
        var rows = 0
        let groups = self.groups
        for (name, entries) in groups {
            html.element(
                "section",
                [
                    "id": ids.group(name), "class": rows < Self.rowsAtOnce ? "group" : "group far",
                    "aria-label": name.map { PageText.line($0, limit: 80) }
                        ?? (groups.count > 1 ? "Without a group" : "Services"),
                ]
            ) { html in
                // The heading above all of them says what they are.
                if name != nil || groups.count > 1 { writeHeading(name, entries, &html) }
                html.element("ul", ["class": "rows"]) { html in
                    for entry in entries {
                        ServiceRow(entry: entry, id: ids.service(entry.history), section: self)
                            .write(in: &frame, into: &html)
                    }
                }
                writeAxis(&html)
            }
            rows += entries.count
        }
    }

    /// Groups in the order of their first services.
    private var groups: [(name: String?, entries: [ServiceEntry])] {
        var places: [String?: Int] = [:]
        var groups: [(name: String?, entries: [ServiceEntry])] = []
        for entry in entries {
            let name = entry.history.group
            let place = places[name] ?? groups.count
            if place == groups.count {
                places[name] = place
                groups.append((name, []))
            }
            groups[place].entries.append(entry)
        }
        return groups
    }

    private func writeHeading(_ name: String?, _ entries: [ServiceEntry], _ html: inout HTML) {
        let up = entries.count { $0.state == .up }
        let worst = entries.map(\.state).max { $0.weight < $1.weight } ?? .unknown
        html.element("div", ["class": "group-head"]) { html in
            html.element("h3", name.map { PageText.line($0, limit: 80) } ?? "Without a group")
            html.element("span", ["class": "sum \(worst.rawValue)"], "\(up)/\(entries.count) up")
        }
    }

    /// The names of the columns; readers of the screen hear them in each row.
    private func writeColumns(_ html: inout HTML) {
        let (hours, days) = ("\(reach.hours) hours", counted(reach.days, "day"))
        html.element("div", ["class": "columns", "aria-hidden": "true"]) { html in
            html.literal("<span></span>")
            html.element("span", "Last \(hours)")
            html.element("span", "Last \(days)")
            html.element("span", ["class": "a"]) { html in
                for range in reach.ranges { html.element("span", HistoryReach.short(range)) }
            }
            html.element("span", ["class": "narrow"], "Bars: the last \(days) above, the last \(hours) below.")
        }
    }

    // MARK: Time axis

    private func writeAxis(_ html: inout HTML) {
        html.element("div", ["class": "axis", "aria-hidden": "true"]) { html in
            html.literal("<span></span>")
            TimeAxis.write(TimeAxis.hours(reach.hours, until: now, zone), into: &html)
            TimeAxis.write(TimeAxis.months(days: reach.days, until: now, zone), into: &html)
        }
    }
}

extension ServiceState {
    /// How much it matters in a summary.
    var weight: Int {
        switch self {
        case .up: 0
        case .maintenance: 1
        case .unknown: 2
        case .degraded: 3
        case .down: 4
        }
    }
}
