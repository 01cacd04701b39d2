extension HTML {
    /// A part of the page with a heading that the table of contents links to.
    ///
    /// - Parameter parent: the id of the heading that it is below; nil for a part of the page itself.
    public mutating func section(
        _ id: String, _ heading: String, below parent: String? = nil, _ content: (inout HTML) -> Void
    ) {
        let labels = id + "-heading" + (parent.map { " " + $0 } ?? "")
        element("section", ["class": "card", "id": id, "aria-labelledby": labels]) { html in
            html.element(parent == nil ? "h2" : "h3", ["id": id + "-heading"], heading)
            content(&html)
        }
    }

    /// A table that scrolls sideways on a narrow screen.
    public mutating func table(
        _ label: String, _ columns: [String], classes: String = "", _ rows: (inout HTML) -> Void
    ) {
        element("div", ["class": "scroll", "role": "group", "aria-label": label, "tabindex": "0"]) { html in
            html.element("table", ["class": classes]) { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for column in columns { html.element("th", ["scope": "col"], column) }
                    }
                }
                html.element("tbody", [:], rows)
            }
        }
    }

    /// A row of key figures.
    public mutating func figures(_ figures: [Figure]) {
        element("dl", ["class": "figures"]) { html in
            for figure in figures {
                html.element("div", ["class": "figure \(figure.tone)"]) { html in
                    html.element("dt", figure.name)
                    html.element("dd") { html in
                        html.element("strong", figure.value)
                        if !figure.note.isEmpty { html.element("small", figure.note) }
                    }
                }
            }
        }
    }

    /// The top of a page: what it belongs to, what it is, and where its parts are.
    public mutating func masthead(
        _ owner: String, _ kind: String, contents: [(address: String, heading: String)] = [], label: String
    ) {
        element("header", ["class": "masthead"]) { html in
            html.element("div", ["class": "brand"]) { html in
                html.literal(
                    """
                    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path fill="currentColor" \
                    d="M12 2a1.5 1.5 0 0 1 1.5 1.5v.7A6.5 6.5 0 0 1 18.5 10.5c0 4.2 1 5.5 2 6.5H3.5c1-1 2-2.3 \
                    2-6.5a6.5 6.5 0 0 1 5-6.300v-.7A1.5 1.5 0 0 1 12 2zm-2.5 17h5a2.5 2.5 0 0 1-5 0z"/></svg>
                    """)
                html.text(owner + " ")
                html.element("span", kind)
            }
            html.element("nav", ["aria-label": label]) { html in
                html.element("ul") { html in
                    for part in contents {
                        html.element("li") { html in html.element("a", ["href": part.address], part.heading) }
                    }
                }
            }
        }
    }

    /// A word in a small frame.
    public mutating func badge(_ text: String, _ tone: String = "") {
        element("span", ["class": "badge \(tone)"], text)
    }
}

/// A number that sums something up.
public struct Figure: Sendable {
    /// What it counts.
    public let name: String
    /// The number with its unit.
    public let value: String
    /// A remark below it; empty for none.
    public var note: String
    /// `good`, `bad`, `warn` or nothing.
    public var tone: String

    /// Makes a figure.
    public init(name: String, value: String, note: String = "", tone: String = "") {
        (self.name, self.value, self.note, self.tone) = (name, value, note, tone)
    }
}
