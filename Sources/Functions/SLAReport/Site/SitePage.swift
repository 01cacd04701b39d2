internal import Basics
internal import Markup
internal import StatusPages

/// What surrounds each page of the site: head, masthead, what could not be read, the age, the footer.
struct SitePage {
    let site: StatusSite
    let title: String
    /// From the page's folder to that of `index.html`: empty, or `../`.
    let root: String

    func write(into html: inout HTML, _ content: (inout HTML) -> Void) {
        let input = site.input
        var head = PageHead(title: title)
        head.bodyScripts = [AgeScript.text]
        head.feeds = [("\(root)history.atom", "\(input.title): incidents")]
        html.literal("<!DOCTYPE html>\n")
        html.element("html", ["lang": "en"]) { html in
            head.write(into: &html)
            html.element("body") { html in
                html.element("a", ["class": "skip", "href": "#main"], "Skip to the content")
                html.masthead(
                    PageText.line(input.title, limit: 80), "", contents: contents, label: "Pages")
                html.element("main", ["id": "main"]) { html in
                    writeAge(&html)
                    content(&html)
                }
                writeFooter(&html)
            }
        }
    }

    private var contents: [(address: String, heading: String)] {
        let index = root.isEmpty ? "" : "\(root)index.html"
        return [
            (index.isEmpty ? "#main" : index, "Status"), ("\(index)#services", "Services"),
            ("\(index)#history", "History"),
        ]
    }

    /// Hidden until the script finds that the page is old.
    private func writeAge(_ html: inout HTML) {
        html.element(
            "p",
            [
                "class": "stale", "role": "alert", "hidden": "",
                "data-made": String(Int64(site.now.secondsSinceEpoch)),
                "data-every": String((site.input.every ?? .seconds(3_600)).components.seconds),
            ], "")
    }

    private func writeFooter(_ html: inout HTML) {
        html.element("footer") { html in
            html.element("p") { html in
                let every = site.input.every.map { ", every \($0.text)" } ?? ""
                html.text("Made \(PageText.full(site.now, site.input.zone)) by Tocsin\(every).")
                html.text(" Times are in \(site.input.zoneName). Percentages are cut, not rounded.")
            }
            html.element("ul", ["class": "links"]) { html in
                for link in StatusSite.links {
                    html.element("li") { html in html.element("a", ["href": root + link.address], link.title) }
                }
            }
        }
    }
}

extension HTML {
    /// What could not be read, so that nobody takes the rest for everything.
    mutating func unread(_ unread: [SLAReportInput.Unread]) {
        guard !unread.isEmpty else { return }
        element("section", ["class": "unread", "aria-labelledby": "unread"]) { html in
            html.element("h2", ["id": "unread"], "Not everything could be read")
            html.element("ul") { html in
                for item in unread.prefix(20) {
                    html.element("li") { html in
                        html.element("strong", PageText.line(item.what))
                        html.text(": \(PageText.line(item.reason, limit: 300))")
                    }
                }
            }
            if unread.count > 20 { html.element("p", ["class": "note"], "And \(unread.count - 20) more.") }
        }
    }

    /// The first thing to be read.
    ///
    /// - Parameters:
    ///   - headingThen: what a page that is too old says instead of the heading, which is no longer known to be true.
    ///   - noteThen: the same for the note.
    mutating func hero(
        _ state: ServiceState, _ heading: String, _ note: String, headingThen: String? = nil, noteThen: String? = nil
    ) {
        element("div", ["class": "hero \(state.rawValue)"]) { html in
            StateIcon.write(state, isLarge: true, into: &html)
            html.element("div") { html in
                html.element("h1", headingThen.map { ["data-then": $0] } ?? [:], heading)
                if !note.isEmpty { html.element("p", noteThen.map { ["data-then": $0] } ?? [:], note) }
            }
        }
        // Here, not in the head: it has to run before these texts are drawn, or they would change in front of people.
        literal("<script>")
        literal(AgeScript.text)
        literal("</script>")
    }
}
