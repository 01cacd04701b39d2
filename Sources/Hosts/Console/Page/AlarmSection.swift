internal import Basics
internal import Markup

/// The alarms: state, reason, the rule that made them, history, and a button that silences them.
struct AlarmSection {
    let snapshot: ConsoleSnapshot
    let form: Form

    /// So many alarms are shown whole, so many changes of each.
    static let maximum = 200
    static let maximumChanges = 20
    private static let silence = 3_600

    func write(_ html: inout HTML) {
        html.section("alarms", "Alarms") { html in
            guard !snapshot.alarms.isEmpty else {
                return html.element("p", ["class": "note"], "No rule makes an alarm yet.")
            }
            html.element("ul", ["class": "rows"]) { html in
                for alarm in snapshot.alarms.prefix(Self.maximum) { write(alarm, &html) }
            }
            let rest = snapshot.alarms.count - Self.maximum
            if rest > 0 { html.element("p", ["class": "note"], "and \(Words.count(rest)) more, none of which fires longer") }
        }
    }

    private func write(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        let tone = Self.tone(alarm.state)
        html.element("li", ["class": "alarm \(tone.rawValue)", "id": Words.id("alarm", alarm.name)]) { html in
            html.element("div", ["class": "row"]) { html in
                tone.draw(&html)
                html.element("h3", Words.line(alarm.name))
                html.element("span", ["class": "state"], Self.words(alarm.state))
                if let since = alarm.since {
                    html.element("span", ["class": "when"]) { html in
                        html.text("since ")
                        html.time(since, now: snapshot.time)
                    }
                }
            }
            if !alarm.reason.isEmpty, alarm.state != "OK" { html.element("p", Words.line(alarm.reason, limit: 400)) }
            html.element("p", ["class": "note"]) { html in
                html.element("code", Words.line(alarm.condition, limit: 300))
            }
            if let rule = alarm.rule { html.element("p", ["class": "note"], "Made by \(Words.line(rule, limit: 300))") }
            html.element("div", ["class": "row foot"]) { html in
                if !alarm.changes.isEmpty { writeHistory(alarm, &html) }
                writeSilence(alarm, &html)
            }
        }
    }

    private func writeHistory(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        html.element("details", ["id": Words.id("changes", alarm.name)]) { html in
            html.element("summary", Words.counted(alarm.changes.count, "change"))
            html.element("ol", ["class": "changes"]) { html in
                for change in alarm.changes.prefix(Self.maximumChanges) {
                    html.element("li") { html in
                        html.time(change.time, now: snapshot.time)
                        html.badge(Self.words(change.state), Self.tone(change.state).rawValue)
                        html.element("span", Words.line(change.reason, limit: 300))
                    }
                }
            }
        }
    }

    private func writeSilence(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        let name = Words.line(alarm.name)
        if let until = alarm.silencedUntil, until > snapshot.time {
            html.element("span", ["class": "when"]) { html in
                html.text("silent until ")
                html.time(until, now: snapshot.time)
            }
            form.button("End the silence", "silence", fields: [("alarm", alarm.name), ("seconds", "0")], describedFor: "of \(name)", &html)
        } else {
            form.button(
                "Silence 1 h", "silence", fields: [("alarm", alarm.name), ("seconds", String(Self.silence))], describedFor: name, &html)
        }
    }

    private static func tone(_ state: String) -> Tone {
        switch state {
        case "OK": .good
        case "ALARM": .bad
        default: .quiet
        }
    }

    private static func words(_ state: String) -> String {
        switch state {
        case "OK": "fine"
        case "ALARM": "firing"
        case "INSUFFICIENT_DATA": "no data"
        default: Words.line(state)
        }
    }
}
