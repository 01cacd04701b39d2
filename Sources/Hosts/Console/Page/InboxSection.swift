internal import Basics
internal import ChatPages
internal import Markup

/// What the chat was sent, drawn as a chat draws it.
///
/// Text from outside stays text: no links, no formats.
struct InboxSection {
    let snapshot: ConsoleSnapshot

    /// So many messages are shown, the newest.
    static let maximum = 50

    func write(_ html: inout HTML) {
        html.section("inbox", "Inbox") { html in
            guard !snapshot.messages.isEmpty else {
                return html.element(
                    "p", ["class": "note"],
                    "No message yet. When an alarm fires, its message appears here as the chat would show it.")
            }
            html.element("ol", ["class": "chat", "tabindex": "0", "aria-label": "Messages, the newest first"]) { html in
                for message in snapshot.messages.prefix(Self.maximum) { write(message, &html) }
            }
            let rest = snapshot.messages.count - Self.maximum
            if rest > 0 { html.element("p", ["class": "note"], "\(Words.counted(rest, "older message")) not shown") }
        }
    }

    private func write(_ message: ConsoleSnapshot.Message, _ html: inout HTML) {
        let tone = ["good", "bad", "warn"].contains(message.tone) ? message.tone : ""
        let drawn = ChatMessage.plain(
            title: Words.line(message.title, limit: 300), text: Words.block(message.text, limit: 3_000), tone: tone)
        html.element("li", ["class": "message \(tone)"]) { html in
            html.message(drawn) { html in
                html.time(message.time, now: snapshot.time)
                if message.output != "inbox" { html.element("span", "to \(Words.line(message.output, limit: 80))") }
            }
        }
    }
}

/// What happened, for people.
struct NoteSection {
    let snapshot: ConsoleSnapshot
    static let maximum = 40

    func write(_ html: inout HTML) {
        html.section("notes", "Notes") { html in
            guard !snapshot.notes.isEmpty else {
                return html.element("p", ["class": "note"], "Nothing to tell yet.")
            }
            html.element("ol", ["class": "changes scrolls", "tabindex": "0", "aria-label": "Notes, the newest first"]) {
                html in
                for note in snapshot.notes.prefix(Self.maximum) {
                    html.element("li") { html in
                        html.time(note.time, now: snapshot.time)
                        html.element("span", Words.line(note.text, limit: 400))
                    }
                }
            }
        }
    }
}
