import CPCRE2

/// A regular expression in the syntax of Perl (PCRE2), searched for in texts that may be hostile.
///
/// A pattern may be trusted, a text never: the work, the memory and the stack of one search are bounded, whatever the
/// text is, and it need not be UTF-8. Expressions are equal when their patterns are.
public struct RegularExpression: Sendable, Hashable {
    /// The pattern as it was given.
    public let pattern: String
    private let program: Program

    /// Compiles a pattern, such as `^v\d+\.` or `(?i)maintenance`.
    ///
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/invalidPattern``.
    public init(_ pattern: String) throws(RegularExpressionError) {
        self.pattern = pattern
        program = try Program(pattern)
    }

    /// Whether the pattern occurs anywhere in a text; a search that reaches its limit has found nothing.
    public func matches(_ text: String) -> Bool {
        (try? search([UInt8](text.utf8)[...])) ?? false
    }

    /// The effort of one search that is not excessive, in characters looked at: about a quarter of a second.
    public static let standardEffort = 50_000_000

    /// Whether the pattern occurs anywhere in bytes; where they are not UTF-8 nothing matches.
    ///
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/limitReached`` when it cannot be said
    ///   with the standard effort.
    public func search(_ bytes: ArraySlice<UInt8>) throws(RegularExpressionError) -> Bool {
        var effort = Self.standardEffort
        return try search(bytes, effort: &effort)
    }

    /// Whether the pattern occurs anywhere in bytes, found out with an effort that several searches share.
    ///
    /// - Parameter effort: what may be spent, in characters looked at; what was spent is taken from it.
    /// - Throws: ``RegularExpressionError`` with ``RegularExpressionError/Code/limitReached`` when that is too little.
    public func search(_ bytes: ArraySlice<UInt8>, effort: inout Int) throws(RegularExpressionError) -> Bool {
        try program.search(bytes, effort: &effort)
    }

    /// Whether the patterns are the same.
    public static func == (left: RegularExpression, right: RegularExpression) -> Bool { left.pattern == right.pattern }

    /// Hashes the pattern.
    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}
