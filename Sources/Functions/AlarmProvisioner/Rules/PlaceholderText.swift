import Basics

/// A text with placeholders such as `{name}` and `{tag:team}`, read once for thousands of resources.
///
/// Other braces stand for themselves, because PromQL and searches have them, too.
struct PlaceholderText: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// What a placeholder stands for.
    enum Placeholder: Sendable, Hashable {
        case name, kind, metric, rule, region, account, severity
        case tag(String)
        case dimension(String)

        init?(_ text: Substring) {
            switch text {
            case "name": self = .name
            case "kind": self = .kind
            case "metric": self = .metric
            case "rule": self = .rule
            case "region": self = .region
            case "account": self = .account
            case "severity": self = .severity
            default:
                if text.hasPrefix("tag:"), text.utf8.count > 4 {
                    self = .tag(String(text.dropFirst(4)))
                } else if text.hasPrefix("dimension:"), text.utf8.count > 10 {
                    self = .dimension(String(text.dropFirst(10)))
                } else {
                    return nil
                }
            }
        }

        static let names = [
            "name", "kind", "metric", "rule", "region", "account", "severity", "tag:KEY", "dimension:NAME",
        ]
    }

    private let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            literal += rest[..<open]
            let inside = rest[open...].dropFirst()
            let end = inside.firstIndex { $0 == "}" || $0 == "{" }
            if let end, inside[end] == "}", let placeholder = Placeholder(inside[..<end]) {
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = ""
                parts.append(.placeholder(placeholder))
                rest = inside[end...].dropFirst()
            } else {
                literal.append("{")
                rest = inside
            }
        }
        literal += rest
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    /// Whether there is no placeholder in it.
    var isConstant: Bool { parts.allSatisfy { if case .text = $0 { true } else { false } } }

    /// The text for one alarm.
    /// - Parameter transform: what is done with the value of a placeholder, such as escaping.
    func text(_ values: (Placeholder) -> String, transform: (String) -> String = { $0 }) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .placeholder(let placeholder): result += transform(values(placeholder))
            }
        }
        return result
    }

    /// What is wrong with the first placeholder that does not exist, such as `there is no {nam}, did you mean {name}?`.
    static func fault(in text: String) -> String? {
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            let inside = rest[open...].dropFirst()
            guard let end = inside.firstIndex(where: { $0 == "}" || $0 == "{" }) else { return nil }
            if inside[end] == "}", Placeholder(inside[..<end]) == nil {
                let name = String(inside[..<end])
                let advice =
                    Placeholder.names.nearest(to: name).map { "did you mean {\($0)}?" }
                    ?? "expected one of \(Placeholder.names.map { "{\($0)}" }.joined(separator: ", "))"
                return "there is no {\(name)}, \(advice)"
            }
            rest = inside[end...].dropFirst(inside[end] == "}" ? 1 : 0)
        }
        return nil
    }
}
