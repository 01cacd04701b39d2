internal import Basics
internal import Markup
internal import ServiceHistory
internal import StatusPages

/// The head of the page: how everything is, in a sentence, and since when it runs.
struct Overview {
    let snapshot: ConsoleSnapshot
    let tone: Tone
    /// `2 of 7 services are down`.
    let headline: String
    /// What else needs a look; each links to its part of the page.
    private let remarks: [(text: String, part: StaticString, tone: Tone)]

    init(_ snapshot: ConsoleSnapshot) {
        self.snapshot = snapshot
        let states = snapshot.services.map(\.state)
        let names = snapshot.services.filter { $0.state == .down }.map { Words.line($0.history.displayName, limit: 60) }
        func count(_ state: ServiceState) -> Int { states.count { $0 == state } }
        let (down, degraded, unknown) = (count(.down), count(.degraded), count(.unknown))
        let total = states.count
        func some(_ count: Int, _ what: String) -> String {
            count == total
                ? (total == 1 ? "The service is \(what)" : "All \(total) services are \(what)")
                : "\(count) of \(total) services \(count == 1 ? "is" : "are") \(what)"
        }
        if total == 0 {
            (tone, headline) = (.quiet, "No service is watched yet")
        } else if down > 0 {
            // One or two are named: the reader need not search.
            let named = down == 1 ? "\(names[0]) is down" : down == 2 ? "\(names[0]) and \(names[1]) are down" : nil
            (tone, headline) = (.bad, named ?? some(down, "down"))
        } else if degraded > 0 {
            (tone, headline) = (.warn, some(degraded, "degraded"))
        } else if unknown == total {
            (tone, headline) = (.quiet, "Waiting for the first results")
        } else if unknown > 0 {
            (tone, headline) = (.warn, some(unknown, "without results"))
        } else if count(.maintenance) == total {
            (tone, headline) = (.quiet, some(total, "under maintenance"))
        } else if count(.maintenance) > 0 {
            (tone, headline) = (.good, "\(some(count(.up), "up")), \(count(.maintenance)) under maintenance")
        } else {
            (tone, headline) = (.good, total == 1 ? "The service is up" : "All \(total) services are up")
        }
        remarks = Self.remarks(snapshot)
    }

    private static func remarks(_ snapshot: ConsoleSnapshot) -> [(text: String, part: StaticString, tone: Tone)] {
        var remarks: [(text: String, part: StaticString, tone: Tone)] = []
        if !snapshot.faults.isEmpty {
            remarks.append((Words.counted(snapshot.faults.count, "fault") + " in your files", "#faults", .warn))
        }
        let firing = snapshot.alarms.count { $0.state == "ALARM" }
        if firing > 0 { remarks.append(("\(Words.counted(firing, "alarm")) firing", "#alarms", .bad)) }
        let running = snapshot.experiments.count { $0.state == .running }
        if running > 0 { remarks.append(("\(Words.counted(running, "experiment")) running", "#experiments", .busy)) }
        let expiring = snapshot.services.count { ($0.certificateDays ?? .max) < 15 }
        if expiring > 0 {
            remarks.append(("\(Words.counted(expiring, "certificate")) ending soon", "#services", .warn))
        }
        return remarks
    }

    private var up: Int { snapshot.services.count { $0.state == .up } }

    /// The page's title, which a browser shows in the tab.
    var title: String { "\(headline) · Tocsin" }

    func write(_ html: inout HTML, _ form: Form) {
        html.element("header", ["class": "top", "id": "overview"]) { html in
            html.element("div", ["class": "brand"]) { html in
                html.element("svg", ["viewBox": "0 0 24 24", "aria-hidden": "true", "focusable": "false"]) { html in
                    html.empty("path", ["fill": "currentColor", "d": Tone.bell], isSVG: true)
                }
                html.element("span", "Tocsin")
            }
            html.element("div", ["class": "verdict \(tone.rawValue)"]) { html in
                tone.draw(&html, large: true)
                html.element("div") { html in
                    html.element("h1", headline)
                    html.element("p", ["class": "note"]) { html in
                        if tone == .bad {
                            html.text("\(up) of \(Words.counted(snapshot.services.count, "service")) up · ")
                        }
                        html.text("Running for \(Words.age(snapshot.time - snapshot.startedAt)), since ")
                        html.time(snapshot.startedAt, now: snapshot.time)
                        if let folder = snapshot.folder {
                            html.text(" · files in ")
                            html.element("code", Words.line(folder))
                        }
                    }
                }
                if !remarks.isEmpty {
                    html.element("ul", ["class": "remarks"]) { html in
                        for remark in remarks {
                            html.element("li") { html in
                                html.element(
                                    "a", ["href": "\(remark.part)", "class": "remark \(remark.tone.rawValue)"]
                                ) {
                                    html in
                                    remark.tone.draw(&html)
                                    html.text(remark.text)
                                }
                            }
                        }
                    }
                }
            }
            html.element("div", ["class": "buttons"]) { html in
                if snapshot.hasChecks { form.button("Check all now", "check", &html) }
                form.button("Send a test event", "test-event", &html)
            }
            html.element("nav", ["aria-label": "Parts of the page"]) { html in
                html.element("ul") { html in
                    for (id, name, count) in contents {
                        html.element("li") { html in
                            html.element("a", ["href": "\(id)"]) { html in
                                html.text("\(name) ")
                                html.element("span", ["class": "count"], Words.count(count))
                            }
                        }
                    }
                }
            }
        }
    }

    private var contents: [(StaticString, String, Int)] {
        [
            ("#services", "Services", snapshot.services.count), ("#alarms", "Alarms", snapshot.alarms.count),
            ("#inbox", "Inbox", snapshot.messages.count),
            ("#experiments", "Experiments", snapshot.experiments.count),
            ("#functions", "Functions", snapshot.functions.count), ("#notes", "Notes", snapshot.notes.count),
        ]
    }
}

/// What is wrong with the user's files: in front, because until it is mended the page may show too little.
struct FaultSection {
    let snapshot: ConsoleSnapshot
    static let maximum = 20

    func write(_ html: inout HTML) {
        guard !snapshot.faults.isEmpty else { return html.element("div", ["id": "faults", "hidden": ""], "") }
        html.element("section", ["class": "card faults", "id": "faults", "aria-labelledby": "faults-heading"]) { html in
            html.element("h2", ["id": "faults-heading"]) { html in
                Tone.warn.draw(&html)
                html.text(" \(Words.counted(snapshot.faults.count, "fault")) in your files")
            }
            html.element(
                "p", ["class": "note"],
                "What was read before stays in use until they are mended; the files are read again when they change.")
            html.element("ul", ["class": "lines"]) { html in
                for fault in snapshot.faults.prefix(Self.maximum) {
                    html.element("li") { html in html.element("code", Words.line(fault, limit: 500)) }
                }
            }
            let rest = snapshot.faults.count - Self.maximum
            if rest > 0 { html.element("p", ["class": "note"], "and \(Words.count(rest)) more") }
        }
    }
}
