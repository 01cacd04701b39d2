/// Why a text is no condition.
struct ConditionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to write instead, with an example that works.
    let message: String
    /// Where in the text, in characters from 0; the parsers themselves count bytes.
    let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message with the place, counted from 1.
    var description: String { "\(message) (at character \(offset + 1))" }
}
