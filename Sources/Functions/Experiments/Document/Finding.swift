public import JSON

/// Something that a validation says about a document.
public struct Finding: Sendable, Hashable {
    /// How much it matters.
    public enum Severity: String, Sendable {
        /// The document is not valid.
        case error
        /// It is valid, but probably does not do what it says.
        case warning
        /// Worth knowing.
        case note
    }

    /// How much it matters.
    public let severity: Severity
    /// The place in the text; nil for what is in none.
    public let position: SourceDocument.Position?
    /// The way to the value; empty for the whole document.
    public let path: DocumentPath
    /// What is wrong.
    public let message: String
    /// What to write instead; nil when nobody can know.
    public let hint: String?
    /// The surprise of Chaos Toolkit that it is about.
    public let rule: StrictRule?

    /// A finding.
    public init(
        _ severity: Severity, _ path: DocumentPath, _ message: String, hint: String? = nil, rule: StrictRule? = nil,
        position: SourceDocument.Position? = nil
    ) {
        self.severity = severity
        self.position = position
        self.path = path
        self.message = message
        self.hint = hint
        self.rule = rule
    }

    /// A line for people: `file.yaml:12:5: method[1].provider.url: is missing: did you mean ulr?`.
    public func text(_ file: String) -> String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        let severity = severity == .error ? "" : "\(severity.rawValue): "
        let path = path.steps.isEmpty ? "" : "\(path): "
        return "\(file)\(place): \(severity)\(path)\(message)" + (hint.map { ": \($0)" } ?? "")
    }

    /// An object for programs: `severity`, `line`, `column`, `path`, `message`, `hint`, `rule`; what is unknown is
    /// null.
    public var json: JSONValue {
        [
            "severity": .string(severity.rawValue), "line": position.map { JSONValue($0.line) } ?? nil,
            "column": position.map { JSONValue($0.column) } ?? nil, "path": .string(path.description),
            "message": .string(message), "hint": hint.map(JSONValue.string) ?? nil,
            "rule": rule.map { .string($0.name) } ?? nil,
        ]
    }
}

extension [Finding] {
    /// Whether the document may be run: no finding is an error.
    public var isValid: Bool { !contains { $0.severity == .error } }

    /// In the order of the places; those without one come last.
    var inTextOrder: [Finding] {
        enumerated().sorted { left, right in
            let (first, second) = (left.element.position, right.element.position)
            return (first?.line ?? .max, first?.column ?? .max, left.offset)
                < (second?.line ?? .max, second?.column ?? .max, right.offset)
        }.map(\.element)
    }

    /// One line for each, in the order of the text.
    public func text(_ file: String) -> String { map { $0.text(file) + "\n" }.joined() }
}
