/// A text with `*` for any characters, also none, and `?` for one; everything else stands for itself.
public struct Glob: Sendable, Hashable {
    private let pattern: [Unicode.Scalar]

    /// A pattern; every text is one.
    public init(_ text: String) { pattern = Array(text.unicodeScalars) }

    /// Whether the whole text has this form; takes at most the product of both lengths.
    public func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var (place, position) = (0, 0)
        // Where to go on when what follows the last star does not fit: the star takes one character more.
        var retry: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == "*" {
                place += 1
                retry = (place, position)
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[position] {
                (place, position) = (place + 1, position + 1)
            } else if let star = retry {
                (place, position) = (star.place, star.position + 1)
                retry = (place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
