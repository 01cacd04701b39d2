/// Writes HTML.
///
/// Names of elements and attributes come from this program, everything else is escaped.
public struct HTML: Sendable {
    /// Names and values in their order.
    public typealias Attributes = KeyValuePairs<StaticString, String>

    /// What has been written, as UTF-8.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    /// An element with what the closure writes into it.
    public mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ content: (inout HTML) -> Void)
    {
        open(name, attributes)
        content(&self)
        close(name)
    }

    /// An element with nothing but text in it.
    public mutating func element(_ name: StaticString, _ attributes: Attributes, _ text: String) {
        element(name, attributes) { html in html.text(text) }
    }

    /// An element without attributes and with nothing but text in it.
    public mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

    /// An element without an end tag, or an empty one of SVG or XML.
    public mutating func empty(_ name: StaticString, _ attributes: Attributes = [:], isSVG: Bool = false) {
        open(name, attributes, isEmpty: isSVG)
    }

    /// An element with nothing but text in it whose end tag is left out: a cell, a row or a term of a list, which end
    /// where the next one begins.
    ///
    /// Of a page with a hundred tables the end tags are a twentieth.
    public mutating func unclosed(_ name: StaticString, _ text: String = "") {
        open(name, [:])
        self.text(text)
    }

    /// Text, escaped.
    public mutating func text(_ text: String) { escape(text, inAttribute: false) }

    /// Markup of this program's own: never anything that came from outside.
    public mutating func literal(_ markup: StaticString) {
        bytes += UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount)
    }

    /// What another writer wrote.
    public mutating func append(_ other: HTML) { bytes += other.bytes }

    private mutating func open(_ name: StaticString, _ attributes: Attributes, isEmpty: Bool = false) {
        bytes.append(UInt8(ascii: "<"))
        literal(name)
        for (name, value) in attributes {
            bytes.append(UInt8(ascii: " "))
            literal(name)
            bytes += "=\"".utf8
            escape(value, inAttribute: true)
            bytes.append(UInt8(ascii: "\""))
        }
        if isEmpty { bytes.append(UInt8(ascii: "/")) }
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
