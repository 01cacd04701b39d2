/// A text with `*` for any characters, also none, and `?` for one; everything else stands for itself.
public struct Glob: Sendable, Hashable {
    /// What stands at one place of a pattern.
    public enum Part: Sendable, Hashable {
        case character(Unicode.Scalar)
        case anyCharacter
        /// Any characters, also none.
        case anyText

        fileprivate func takes(_ character: Unicode.Scalar) -> Bool {
            self == .anyCharacter || self == .character(character)
        }
    }

    private let pattern: [Part]

    /// A pattern; every text is one.
    public init(_ text: String) {
        pattern = text.unicodeScalars.map { $0 == "*" ? .anyText : $0 == "?" ? .anyCharacter : .character($0) }
    }

    /// A pattern that was read by other rules, such as those of a language with escapes.
    public init(_ parts: [Part]) { pattern = parts }

    /// Whether the whole text has this form; takes at most the product of both lengths.
    public func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var (place, position) = (0, 0)
        // Where to go on when what follows the last star does not fit: the star takes one character more.
        var retry: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == .anyText {
                place += 1
                retry = (place, position)
            } else if place < pattern.count, pattern[place].takes(text[position]) {
                (place, position) = (place + 1, position + 1)
            } else if let star = retry {
                (place, position) = (star.place, star.position + 1)
                retry = (place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == .anyText }
    }
}
