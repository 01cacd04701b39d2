/// The pattern of `pat(…)`: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a character without its special meaning.
///
/// As in Gatus, `/` is ignored in both the pattern and the text. Matching takes at most as many steps as the product of
/// both lengths.
struct GlobPattern: Sendable, Hashable {
    private enum Element: Sendable, Hashable {
        case byte(UInt8)
        case anyCharacter
        case characters([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// The parts between the `*`s; a text must start with the first one and end with the last one.
    private var pieces: [[Element]] = [[]]

    init(_ pattern: ArraySlice<UInt8>) throws(ConditionError) {
        var position = pattern.startIndex
        while position < pattern.endIndex {
            var element: Element?
            switch pattern[position] {
            case UInt8(ascii: "/"): break
            case UInt8(ascii: "*"): pieces.append([])
            case UInt8(ascii: "?"): element = .anyCharacter
            case UInt8(ascii: "["): element = try Self.characters(in: pattern, from: &position)
            case UInt8(ascii: "\\"):
                position += 1
                guard position < pattern.endIndex else {
                    throw ConditionError("nothing follows `\\`; write `\\\\` for a backslash", at: position - 1)
                }
                element = .byte(pattern[position])
            default: element = .byte(pattern[position])
            }
            if let element { pieces[pieces.count - 1].append(element) }
            position += 1
        }
    }

    /// Parses the class that starts at the position, and moves to its closing bracket.
    private static func characters(
        in pattern: ArraySlice<UInt8>, from position: inout Int
    ) throws(ConditionError) -> Element {
        let start = position
        let end = UInt8(ascii: "]")
        var rest = pattern[(start + 1)...]
        let isNegated = rest.first == UInt8(ascii: "^")
        if isNegated { rest = rest.dropFirst() }
        func character() -> UInt32? {
            guard let first = rest.first, first != UInt8(ascii: "-"), first != end else { return nil }
            if first == UInt8(ascii: "\\") { rest = rest.dropFirst() }
            guard let scalar = GlobText.character(rest[...]) else { return nil }
            rest = rest.dropFirst(scalar.length)
            return scalar.value
        }
        var ranges: [ClosedRange<UInt32>] = []
        var isEmpty = true
        while rest.first != end || isEmpty {
            guard let low = character() else { throw unclosed(at: start) }
            var high = low
            if rest.first == UInt8(ascii: "-") {
                rest = rest.dropFirst()
                guard let upper = character() else { throw unclosed(at: start) }
                high = upper
            }
            if low <= high { ranges.append(low...high) }
            isEmpty = false
        }
        position = rest.startIndex
        return .characters(ranges, isNegated: isNegated)
    }

    private static func unclosed(at offset: Int) -> ConditionError {
        ConditionError(
            "`[` begins a class such as `[0-9]`, and this one is not complete; for a bracket write `\\[`", at: offset)
    }
}

extension GlobPattern {
    /// Whether the pattern matches the whole text.
    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        let text = text.contains(UInt8(ascii: "/")) ? text.filter { $0 != UInt8(ascii: "/") }[...] : text
        guard var rest = Self.rest(of: text, after: pieces[0]) else { return false }
        guard pieces.count > 1 else { return rest.isEmpty }
        // The first match of a piece is enough, because a `*` follows it.
        for piece in pieces.dropFirst().dropLast() {
            guard let next = Self.firstRest(of: rest, after: piece, where: { _ in true }) else { return false }
            rest = next
        }
        let last = pieces[pieces.count - 1]
        // An element is at most four bytes of text, so the end of a long body is enough.
        return last.isEmpty || Self.firstRest(of: rest.suffix(4 * last.count), after: last, where: \.isEmpty) != nil
    }

    /// The text after the first match of a piece whose rest fulfils a condition; nil without one.
    private static func firstRest(
        of text: ArraySlice<UInt8>, after piece: [Element], where isRight: (ArraySlice<UInt8>) -> Bool
    ) -> ArraySlice<UInt8>? {
        var start = text.startIndex
        while true {
            if case .byte(let byte) = piece.first {
                guard let next = text[start...].firstIndex(of: byte) else { return nil }
                start = next
            }
            if let rest = rest(of: text[start...], after: piece), isRight(rest) { return rest }
            guard start < text.endIndex else { return nil }
            start += 1
        }
    }

    /// The text after a piece that the text starts with; nil when it does not.
    private static func rest(of text: ArraySlice<UInt8>, after piece: [Element]) -> ArraySlice<UInt8>? {
        var rest = text
        for element in piece {
            guard let first = rest.first else { return nil }
            switch element {
            case .byte(let byte):
                guard first == byte else { return nil }
                rest = rest.dropFirst()
            case .anyCharacter: rest = rest.dropFirst(GlobText.length(rest))
            case .characters(let ranges, let isNegated):
                let value = GlobText.character(rest)?.value ?? 0xFFFD
                guard ranges.contains(where: { $0.contains(value) }) != isNegated else { return nil }
                rest = rest.dropFirst(GlobText.length(rest))
            }
        }
        return rest
    }
}

/// Reads characters from bytes that need not be UTF-8.
private enum GlobText {
    /// The first character and its length in bytes; nil at the end and for invalid UTF-8.
    static func character(_ text: ArraySlice<UInt8>) -> (value: UInt32, length: Int)? {
        var bytes = text.prefix(4).makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
        return (scalar.value, UTF8.width(scalar))
    }

    /// The length of the first character in bytes; 1 for invalid UTF-8.
    static func length(_ text: ArraySlice<UInt8>) -> Int { character(text)?.length ?? 1 }
}
