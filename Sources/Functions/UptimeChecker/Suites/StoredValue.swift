import Basics

/// An entry of a step's `store`: what it takes from the response for the steps behind it.
struct StoredValue: Sendable {
    /// The path in the suite's context.
    let path: String
    /// Whether results must not show the value.
    private(set) var isSecret: Bool
    private let source: Operand

    /// - Parameter text: a placeholder as in conditions, `len(…)` or `has(…)` of one, or a plain text.
    /// - Throws: for a placeholder that there is not.
    init(path: String, text: String) throws(ConditionError) {
        self.path = path
        source = try Operand(Array(text.utf8)[...])
        switch source.kind {
        case .pattern, .any, .expression:
            throw ConditionError(
                "`\(source.text)` goes into conditions: store takes a placeholder of the response", at: 0)
        case .text where source.looksLikePlaceholder || Self.lacksBrackets(source.text):
            throw ConditionError("`\(source.text)` is no placeholder, " + Self.advice(for: source.text), at: 0)
        case .value(.context), .length(.context), .existence(.context):
            throw ConditionError(
                "`\(source.text)` is in the context already: store takes a placeholder of the response", at: 0)
        case .text, .value, .length, .existence: break
        }
        isSecret = source.isFromServer && (SuiteContext.isSecret(name: path) || source.isSecret)
    }

    /// Keeps the value out of all results if it has one of the paths, and is the server's.
    mutating func hide(_ paths: Set<String>) {
        if source.isFromServer, paths.contains(path) { isSecret = true }
    }

    /// What the check has to find out for it.
    var needs: Condition.Needs { source.needs }

    /// The value as text; nil when the response has none.
    func text(in values: inout ObservedValues) -> String? {
        switch source.kind {
        case .value(let placeholder):
            return placeholder.value(&values).map { String(decoding: $0.bytes, as: UTF8.self) }
        case .length(let placeholder): return placeholder.length(&values).map { "\($0)" }
        default: return String(decoding: source.resolved(&values).bytes, as: UTF8.self)
        }
    }

    /// Why ``text(in:)`` is nil, to complete "is not stored: ".
    var absence: String { "the response has no value for \(source.text)" }

    private static let names = Placeholder.fields.map(\.name) + [Placeholder.bodyName, Placeholder.headersName]

    /// Whether a text is a placeholder without its brackets: `BODY.id`.
    private static func lacksBrackets(_ text: String) -> Bool {
        let name = text.prefix { $0 != "." && $0 != "[" }
        return name.count < text.count && names.contains("[\(name)]")
    }

    private static func advice(for text: String) -> String {
        let name = text.drop { $0 == "[" }.prefix { !"].[".contains($0) }
        return names.nearest(to: "[\(name.uppercased())]").map { "did you mean \($0)?" }
            ?? "there are \(Placeholder.names)"
    }
}

extension Operand {
    /// Whether the server chose the value.
    fileprivate var isFromServer: Bool {
        switch kind {
        case .value(.body), .value(.bodyValue), .value(.header): true
        default: false
        }
    }

    /// Whether the place that the value comes from sounds like that of a secret: `[BODY].access_token`.
    fileprivate var isSecret: Bool {
        if case .value(.header(let name)) = kind { return SecretMask.isCredential(header: name.lowercased()) }
        let path = text.dropFirst(Placeholder.bodyName.utf8.count)
        return path.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            .contains { SuiteContext.isSecret(name: String($0)) }
    }
}
