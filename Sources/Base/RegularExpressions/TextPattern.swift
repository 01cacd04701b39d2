internal import Basics

/// What a rule compares a text with: a whole text, a glob, or `/a regular expression/`.
public struct TextPattern: Sendable, Hashable {
    private enum Kind: Sendable, Hashable {
        case exact(String)
        case glob(Glob)
        case expression(RegularExpression)
    }

    /// The pattern as it was written.
    public let text: String
    private let kind: Kind

    /// Reads a pattern.
    ///
    /// `/…/` is a regular expression that may match anywhere in a text. With `*` (any characters) or `?` (one) it is a
    /// glob for the whole text. Everything else stands for itself, letter by letter.
    /// - Throws: for a wrong regular expression.
    public init(_ text: String) throws(RegularExpressionError) {
        self.text = text
        if text.utf8.count > 1, text.hasPrefix("/"), text.hasSuffix("/") {
            kind = .expression(try RegularExpression(String(text.dropFirst().dropLast())))
        } else if text.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) {
            kind = .glob(Glob(text))
        } else {
            kind = .exact(text)
        }
    }

    /// Whether only one text fits.
    public var isExact: Bool { if case .exact = kind { true } else { false } }

    /// Whether a text fits.
    public func matches(_ text: String) -> Bool {
        switch kind {
        case .exact(let pattern): pattern == text
        case .glob(let pattern): pattern.matches(text)
        case .expression(let pattern): pattern.matches(text)
        }
    }
}

extension [TextPattern] {
    /// Whether a text fits any of the patterns; what is not there fits none.
    public func matches(_ text: String?) -> Bool {
        text.map { text in contains { $0.matches(text) } } ?? false
    }
}
