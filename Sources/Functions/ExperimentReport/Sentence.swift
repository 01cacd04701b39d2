/// A sentence of this program's own with quotations from a journal in it.
///
/// Each kind of report writes the quotations so that they cannot become markup there.
///
///     let sentence: Sentence = "Rollbacks failed: \(quoted: names)."
struct Sentence: ExpressibleByStringInterpolation {
    let parts: [(text: String, isQuoted: Bool)]

    init(stringLiteral text: String) { parts = [(text, false)] }
    init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    /// The whole sentence, for places in which nothing is markup.
    var plain: String { parts.map(\.text).joined() }

    struct StringInterpolation: StringInterpolationProtocol {
        var parts: [(text: String, isQuoted: Bool)] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ text: String) { parts.append((text, false)) }
        mutating func appendInterpolation(_ text: String) { parts.append((text, false)) }
        mutating func appendInterpolation(quoted text: String) { parts.append((text, true)) }
        mutating func appendInterpolation(_ sentence: Sentence) { parts += sentence.parts }
    }
}
