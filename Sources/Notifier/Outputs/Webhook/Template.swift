import AWS
import JSON

/// A text with placeholders: `{"summary": "{{title}}", "all": {{notification}}}`.
///
/// A placeholder names a value and may name how it is written: `{{name|json}}` for the inside of a JSON string (what
/// templates that are JSON do by themselves), `{{name|url}}`, `{{name|html}}` or `{{name|raw}}`. Values that are
/// structures are written as JSON.
struct Template: Sendable {
    /// How a text is put into its surroundings.
    enum Style: String, CaseIterable {
        case json, url, html, raw
    }

    private enum Piece {
        case text(String)
        case value(name: String, style: Style)
    }

    private let pieces: [Piece]

    /// Reads a template.
    /// - Throws: `Fault` for a placeholder that is not closed or not known.
    init(_ text: String, style: Style) throws(Fault) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = Self.position(of: "{{", in: rest) {
            pieces.append(.text(String(rest[..<open])))
            let inside = rest[rest.index(open, offsetBy: 2)...]
            guard let close = Self.position(of: "}}", in: inside) else {
                throw Fault(problem: "has a {{ without }}")
            }
            pieces.append(try Self.placeholder(String(inside[..<close]), style))
            rest = inside[inside.index(close, offsetBy: 2)...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    /// What is wrong with a template.
    struct Fault: Error {
        let problem: String
    }

    /// The text for a notification.
    func text(_ notification: Notification, mentions: [Mention]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .value(let name, let style):
                let value = notification.value(named: name, mentions: mentions) ?? .null
                return Self.write(value, style)
            }
        }.joined()
    }

    private static func placeholder(_ inside: String, _ style: Style) throws(Fault) -> Piece {
        let parts = inside.split(separator: "|", omittingEmptySubsequences: false).map { part in
            String(part.filter { $0 != " " || part.contains(":") }.drop { $0 == " " })
        }
        let name = parts.first ?? ""
        guard parts.count <= 2,
            Notification.valueNames.contains(name) || name.hasPrefix("field:") || name.hasPrefix("tag:")
        else {
            let names = Notification.valueNames.joined(separator: ", ")
            throw Fault(problem: "has {{\(inside)}}, expected one of \(names), field:NAME or tag:NAME")
        }
        guard let word = parts.dropFirst().first else { return .value(name: name, style: style) }
        guard let style = Style(rawValue: word) else {
            let styles = Style.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(problem: "has {{\(inside)}}, expected one of \(styles) after the |")
        }
        return .value(name: name, style: style)
    }

    private static func write(_ value: JSONValue, _ style: Style) -> String {
        let text: String
        switch value {
        case .null: return ""
        case .string(let string): text = string
        // A structure takes no quotes around it, so it is whole JSON already.
        default: text = value.description
        }
        switch style {
        case .raw: return text
        case .html: return Escaping.attribute(text)
        case .url: return percentEncoded(text)
        case .json:
            guard case .string = value else { return text }
            return String(JSONValue.string(text).description.dropFirst().dropLast())
        }
    }

    private static func position(of pair: String, in text: Substring) -> Substring.Index? {
        text.indices.first { text[$0...].hasPrefix(pair) }
    }
}
