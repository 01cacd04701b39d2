internal import Basics
internal import Markup

/// The alarms: state, reason, the rule that made them, history, and a button that silences them.
///
/// Those that are fine fold into one line, so that the others are seen at once.
struct AlarmSection {
    let snapshot: ConsoleSnapshot
    let form: Form

    /// So many alarms are shown whole, so many changes of each.
    static let maximum = 200
    static let maximumChanges = 30
    /// Seconds of the button's silence.
    private static let silence = 3_600

    func write(_ html: inout HTML) {
        html.section("alarms", "Alarms") { html in
            guard !snapshot.alarms.isEmpty else {
                return html.element("p", ["class": "note"], "No rule makes an alarm yet.")
            }
            let shown = snapshot.alarms.prefix(Self.maximum)
            writeList(shown.filter { $0.state != "OK" }, &html)
            writeFine(shown.filter { $0.state == "OK" }, &html)
            let rest = snapshot.alarms.dropFirst(Self.maximum)
            if !rest.isEmpty {
                let firing = rest.count { $0.state == "ALARM" }
                let words = firing == 0 ? "none of them firing" : "\(Words.count(firing)) of them firing"
                html.element("p", ["class": "note"], "and \(Words.count(rest.count)) more, \(words)")
            }
        }
    }

    private func writeList(_ alarms: [ConsoleSnapshot.Alarm], _ html: inout HTML) {
        guard !alarms.isEmpty else { return }
        html.element("ul", ["class": "items"]) { html in for alarm in alarms { write(alarm, &html) } }
    }

    private func writeFine(_ alarms: [ConsoleSnapshot.Alarm], _ html: inout HTML) {
        guard !alarms.isEmpty else { return }
        let count = Words.counted(alarms.count, "alarm")
        let silent = alarms.count { silence($0) != nil }
        html.element("details", ["class": "fold", "id": "alarms-fine"]) { html in
            html.element("summary") { html in
                Tone.good.draw(&html)
                html.element("span", "\(count) \(alarms.count == 1 ? "is" : "are") fine")
                if silent > 0 { html.element("span", ["class": "note"], "\(Words.count(silent)) silent") }
            }
            writeList(alarms, &html)
        }
    }

    private func write(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        let tone = Self.tone(alarm.state)
        html.element("li", ["class": "alarm \(tone.rawValue)", "id": Words.id("alarm", alarm.name)]) { html in
            html.element("div", ["class": "item-head"]) { html in
                tone.draw(&html)
                html.element("h3", Words.line(alarm.name))
                writeSilence(alarm, &html)
            }
            html.element("p", ["class": "note"]) { html in
                html.element("span", ["class": "now"], Self.words(alarm.state))
                if let since = alarm.since {
                    html.text(" since ")
                    html.time(since, now: snapshot.time)
                }
                if let until = silence(alarm) {
                    html.text(" · silent until ")
                    html.time(until, now: snapshot.time)
                }
            }
            html.element("p", ["class": "note"], Words.line(alarm.condition, limit: 300))
            if !alarm.reason.isEmpty, alarm.state != "OK" { html.element("p", Words.line(alarm.reason, limit: 400)) }
            writeHistory(alarm, &html)
        }
    }

    private func writeHistory(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        html.element("details", ["id": Words.id("changes", alarm.name)]) { html in
            html.element(
                "summary",
                alarm.changes.isEmpty ? "Rule and history" : "Rule, \(Words.counted(alarm.changes.count, "change"))")
            if let rule = alarm.rule {
                html.element("p", ["class": "note"], "Made by \(Words.line(rule, limit: 200)).")
            }
            guard !alarm.changes.isEmpty else {
                // Of many changes only the newest are kept, and an alarm may be younger than the system.
                let isOld = alarm.since.map { $0 <= snapshot.startedAt } ?? true
                let words =
                    isOld ? "It has been in this state since the system started." : "No earlier state of it is known."
                return html.element("p", ["class": "note"], words)
            }
            html.element("ol", ["class": "changes"]) { html in
                for change in alarm.changes.prefix(Self.maximumChanges) {
                    html.element("li") { html in
                        html.time(change.time, now: snapshot.time)
                        html.element("span") { html in
                            html.element("b", ["class": Self.tone(change.state).rawValue], Self.words(change.state))
                            html.text(" \(Words.line(change.reason, limit: 300))")
                        }
                    }
                }
            }
            let older = alarm.changes.count - Self.maximumChanges
            if older > 0 { html.element("p", ["class": "note"], "\(Words.counted(older, "older change")) not shown") }
        }
    }

    private func silence(_ alarm: ConsoleSnapshot.Alarm) -> Timestamp? {
        alarm.silencedUntil.flatMap { $0 > snapshot.time ? $0 : nil }
    }

    private func writeSilence(_ alarm: ConsoleSnapshot.Alarm, _ html: inout HTML) {
        let name = Words.line(alarm.name)
        let isSilent = silence(alarm) != nil
        form.button(
            isSilent ? "End the silence" : "Silence 1 h", "silence",
            fields: [("alarm", alarm.name), ("seconds", isSilent ? "0" : String(Self.silence))],
            describedFor: isSilent ? "of \(name)" : name, classes: "small", &html)
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
