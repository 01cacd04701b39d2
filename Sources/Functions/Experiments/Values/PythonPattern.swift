import RegularExpressions

/// A regular expression of Python's `re`, searched by PCRE2.
///
/// The pattern is parsed by Python's rules (3.11), so that it is refused where Python refuses it, and is written anew
/// for PCRE2, so that `\d`, `\s`, `\w`, `^`, `$` and `\Z` mean what they mean in Python. Not the same:
/// - `\N{NAME}`, lone surrogates, repetitions above 65,535 and flags `a` for a part only are refused;
/// - `\S` within a set also matches U+001C to U+001F, and a few letters have other small forms without regard to case;
/// - a search that takes too much work is given up instead of running for ever.
struct PythonPattern: Sendable {
    private let expression: RegularExpression

    /// Compiles a pattern.
    /// - Throws: what is wrong with it, in the words of Python where Python refuses it.
    init(_ pattern: String) throws(PythonPatternError) {
        var parser = PythonPatternParser(pattern)
        let translation = try parser.translation()
        do throws(RegularExpressionError) { expression = try RegularExpression(translation) } catch {
            throw PythonPatternError(message: error.message)
        }
    }

    /// Whether the pattern matches anywhere in a text (`re.search`).
    /// - Throws: ``RegularExpressionError`` when the search takes too much work.
    func search(_ text: String) throws(RegularExpressionError) -> Bool {
        try expression.search(Array(text.utf8)[...])
    }
}

/// Why a text is not a pattern.
struct PythonPatternError: Error {
    let message: String
}
