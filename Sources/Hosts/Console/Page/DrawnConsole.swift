internal import Basics
internal import JSON
internal import Markup

/// A snapshot as HTML: parts that are replaced in an open page when they have changed.
struct DrawnConsole: Sendable {
    /// A part of the page.
    struct Part: Sendable {
        /// The id of its element, which is the whole part.
        let id: String
        let html: HTML
        /// Another one when the part is drawn differently.
        let version: String

        init(_ id: String, _ draw: (inout HTML) -> Void) {
            var html = HTML()
            draw(&html)
            (self.id, self.html) = (id, html)
            version = String(Digest.sha256Hex(html.bytes).prefix(12))
        }
    }

    let snapshot: ConsoleSnapshot
    private let overview: Overview
    private let parts: [Part]
    private let path: String

    init(_ snapshot: ConsoleSnapshot, access: ConsoleAccess) {
        (self.snapshot, path) = (snapshot, access.path)
        overview = Overview(snapshot)
        let form = Form(path: access.path, token: access.formToken)
        let overview = overview
        parts = [
            Part("overview") { html in overview.write(&html, form) },
            Part("faults") { html in FaultSection(snapshot: snapshot).write(&html) },
            Part("services") { html in ServicesPart(snapshot: snapshot, form: form).write(&html) },
            Part("response-times") { html in ResponsePart(snapshot: snapshot).write(&html) },
            Part("alarms") { html in AlarmSection(snapshot: snapshot, form: form).write(&html) },
            Part("inbox") { html in InboxSection(snapshot: snapshot).write(&html) },
            Part("notes") { html in NoteSection(snapshot: snapshot).write(&html) },
            Part("experiments") { html in ExperimentSection(snapshot: snapshot, form: form).write(&html) },
            Part("functions") { html in FunctionSection(snapshot: snapshot).write(&html) },
        ]
    }

    /// How often a browser without scripts loads the page, in seconds.
    private static let refreshSeconds = 10

    /// The whole page.
    ///
    /// - Parameter result: what the button has done that led here, and its number; nil for none.
    func page(result shown: (key: String, result: ActionResult)?) -> HTML {
        let result = shown?.result
        // Without scripts the next pages tell it, too, until its time is over.
        let next = path + (shown.map { "?result=\($0.key)" } ?? "")
        return PageFrame.page(overview.title, icon: overview.tone, refresh: (Self.refreshSeconds, next)) { html in
            write("overview", &html)
            html.element("p", ["id": "lost", "class": "banner bad", "role": "alert", "hidden": ""], "")
            html.element(
                "p", ["id": "result", "class": "banner \(result?.tone ?? "")", "role": "status"], result?.text ?? "")
            html.element(
                "main",
                [
                    "id": "main", "data-have": versions, "data-path": path, "data-time": clock,
                    "data-lost-icon": Tone.quiet.favicon,
                ]
            ) { html in
                write("faults", &html)
                write("services", &html)
                html.element("div", ["class": "board"]) { html in
                    html.element("div", ["class": "side"]) { html in
                        for id in ["alarms", "inbox"] { write(id, &html) }
                    }
                    for id in ["response-times", "experiments", "functions", "notes"] { write(id, &html) }
                }
            }
            html.element("footer") { html in
                html.text("Times are in UTC. ")
                html.element("span", ["class": "live-only"], "The page follows by itself. ")
                html.element("noscript") { html in
                    html.text("Without scripts the page is loaded again every \(Self.refreshSeconds) seconds. ")
                }
                html.text("Tocsin \(TocsinVersion.current)")
            }
        }
    }

    private func write(_ id: String, _ html: inout HTML) {
        for part in parts where part.id == id { html.append(part.html) }
    }

    private var versions: String { parts.map { "\($0.id)-\($0.version)" }.joined(separator: ",") }

    /// The moment of the snapshot, for a page that has lost its console.
    private var clock: String { "\(snapshot.time.iso8601(fractionDigits: 0).dropFirst(11).prefix(8)) UTC" }

    /// What has changed in a page whose parts have these versions.
    func updates(since versions: String) -> JSONValue {
        let had = Set(versions.split(separator: ",").map(String.init))
        var changed = JSONObject()
        for part in parts where !had.contains("\(part.id)-\(part.version)") {
            changed[part.id] = .string(String(decoding: part.html.bytes, as: UTF8.self))
        }
        return [
            "time": .string(clock),
            "title": .string(overview.title), "icon": .string(overview.tone.favicon), "have": .string(self.versions),
            "parts": .object(changed),
        ]
    }
}
