import RegularExpressions

/// What a text of a notification is compared with.
enum Pattern: Sendable, Hashable {
    /// The whole text, letter by letter.
    case exact(String)
    /// `*` and `?`; the whole text.
    case glob(Glob)
    /// `/…/`: found anywhere in the text.
    case expression(RegularExpression)

    /// Reads a pattern.
    /// - Throws: for a wrong regular expression.
    init(_ text: String) throws(RegularExpressionError) {
        if text.count > 1, text.hasPrefix("/"), text.hasSuffix("/") {
            self = .expression(try RegularExpression(String(text.dropFirst().dropLast())))
        } else if text.contains("*") || text.contains("?") {
            self = .glob(Glob(text))
        } else {
            self = .exact(text)
        }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .exact(let pattern): pattern == text
        case .glob(let pattern): pattern.matches(text)
        case .expression(let pattern): pattern.matches(text)
        }
    }
}
