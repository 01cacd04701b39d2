/// Writes HTML.
///
/// Names of elements and attributes come from this program, everything else is escaped.
struct HTML {
    typealias Attributes = KeyValuePairs<StaticString, String>

    private(set) var bytes: [UInt8] = []

    /// An element with what the closure writes into it.
    mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ content: (inout HTML) -> Void) {
        open(name, attributes)
        content(&self)
        close(name)
    }

    /// An element with nothing but text in it.
    mutating func element(_ name: StaticString, _ attributes: Attributes, _ text: String) {
        element(name, attributes) { html in html.text(text) }
    }

    /// An element without attributes and with nothing but text in it.
    mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

    /// An element without an end tag, or an empty one of SVG.
    mutating func empty(_ name: StaticString, _ attributes: Attributes = [:], isSVG: Bool = false) {
        open(name, attributes)
        if isSVG { close(name) }
    }

    mutating func text(_ text: String) { escape(text, inAttribute: false) }

    /// Markup of this program's own: never anything that came from a journal.
    mutating func literal(_ markup: StaticString) {
        bytes += UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount)
    }

    private mutating func open(_ name: StaticString, _ attributes: Attributes) {
        bytes.append(UInt8(ascii: "<"))
        literal(name)
        for (name, value) in attributes {
            bytes.append(UInt8(ascii: " "))
            literal(name)
            bytes += "=\"".utf8
            escape(value, inAttribute: true)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func close(_ name: StaticString) {
        bytes += "</".utf8
        literal(name)
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func escape(_ text: String, inAttribute: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\"") where inAttribute: bytes += "&quot;".utf8
            default: bytes.append(byte)
            }
        }
    }
}

extension HTML {
    /// A part of the page with a heading that the table of contents links to.
    ///
    /// - Parameter parent: the id of the heading that it is below; nil for a part of the page itself.
    mutating func section(
        _ id: String, _ heading: String, below parent: String? = nil, _ content: (inout HTML) -> Void
    ) {
        let labels = id + "-heading" + (parent.map { " " + $0 } ?? "")
        element("section", ["class": "card", "id": id, "aria-labelledby": labels]) { html in
            html.element(parent == nil ? "h2" : "h3", ["id": id + "-heading"], heading)
            content(&html)
        }
    }

    /// A table that scrolls sideways on a narrow screen.
    mutating func table(
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
    mutating func figures(_ figures: [Figure]) {
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

    /// A word in a small frame.
    mutating func badge(_ text: String, _ tone: String = "") { element("span", ["class": "badge \(tone)"], text) }
}

/// A number that sums something up.
struct Figure {
    let name: String
    let value: String
    var note = ""
    /// `good`, `bad`, `warn` or nothing.
    var tone = ""
}
