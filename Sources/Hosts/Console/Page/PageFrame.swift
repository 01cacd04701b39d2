internal import Basics
internal import ChatPages
internal import Markup
internal import StatusPages

/// What all pages of the console have: head, policy, and a skip link.
enum PageFrame {
    private static let styles: [StaticString] = [
        BaseStyle.text, PageStyle.text, ChatStyle.text, ConsoleStyle.text,
    ]
    private static let scripts: [[StaticString]] = [PageScript.parts, ConsoleScript.parts]

    /// The Content-Security-Policy of each reply, as a header: frames can only be refused there.
    static let policy = head("").policy + "; frame-ancestors 'none'"

    private static func head(_ title: String) -> PageHead {
        var head = PageHead(title: title)
        (head.styles, head.scripts, head.callsServer) = (styles, scripts, true)
        return head
    }

    /// A whole page.
    ///
    /// - Parameters:
    ///   - refresh: what the browser loads after so many seconds when scripts do not run; nil for nothing.
    static func page(
        _ title: String, icon: Tone, refresh: (seconds: Int, address: String)? = nil, _ body: (inout HTML) -> Void
    ) -> HTML {
        var html = HTML()
        html.literal("<!DOCTYPE html>\n")
        html.element("html", ["lang": "en"]) { html in
            var head = head(title)
            head.icon = icon.favicon
            head.refresh = refresh
            head.write(into: &html)
            html.element("body") { html in
                html.element("a", ["class": "skip", "href": "#main"], "Skip to the services")
                body(&html)
            }
        }
        return html
    }

    /// A page with one message and nothing of the system.
    static func refusal(_ message: String) -> HTML {
        page("Tocsin", icon: .quiet) { html in
            html.element("main", ["id": "main", "class": "alone"]) { html in
                html.element("section", ["class": "card", "aria-labelledby": "refusal"]) { html in
                    html.element("h1", ["id": "refusal"], "This is Tocsin's console")
                    html.element("p", message)
                    html.element("p", ["class": "note"]) { html in
                        html.text("It shows itself only to who started it. The terminal with ")
                        html.element("code", "tocsin up")
                        html.text(" has a line such as")
                    }
                    html.element("pre", "The console is at http://127.0.0.1:40123/?token=…")
                    html.element("p", ["class": "note"], "Copy that address, token and all, and open it here.")
                }
            }
        }
    }

    /// A page with a link to the console, for browsers that do not go on by themselves.
    static func entrance(to address: String) -> HTML {
        page("Tocsin", icon: .quiet) { html in
            html.element("main", ["id": "main", "class": "alone"]) { html in
                html.element("p") { html in html.element("a", ["href": address], "Open the console") }
            }
        }
    }
}

/// How something is, for a colour and a shape.
enum Tone: String {
    case good, bad, warn, busy, quiet

    /// An icon for the browser's tab.
    var favicon: String {
        let colour =
            switch self {
            case .good: "1a7f4b"
            case .bad: "c2302a"
            case .warn: "b87a00"
            case .busy: "2459c9"
            case .quiet: "6b7785"
            }
        let image =
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><path fill='#\(colour)' d='\(Self.bell)'/></svg>"
        return "data:image/svg+xml,\(percentEncoded(image, keeping: "/:='"))"
    }

    static let bell =
        "M12 1.5a1.5 1.5 0 0 1 1.5 1.5v.7A7 7 0 0 1 19 10.5c0 4.2 1 5.5 2 6.5H3c1-1 2-2.3 "
        + "2-6.5a7 7 0 0 1 5.5-6.8V3A1.5 1.5 0 0 1 12 1.5zM9.5 19h5a2.5 2.5 0 0 1-5 0z"

    /// The pictogram; the words beside it say the same.
    func draw(_ html: inout HTML, large: Bool = false) {
        html.pictogram(pictogram, tone: rawValue, large: large)
    }

    private var pictogram: Pictogram {
        switch self {
        case .good: .tick
        case .bad: .cross
        case .warn: .exclamation
        case .busy: .play
        case .quiet: .minus
        }
    }
}
