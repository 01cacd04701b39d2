/// The pattern of `pat(…)`: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a character that stands for itself.
///
/// As in Gatus, `/` counts neither in the pattern nor in the text. Matching takes at most the product of both lengths,
/// whatever the text is.
struct GlobPattern: Sendable, Hashable {
    enum Element: Sendable, Hashable {
        case byte(UInt8)
        case anyCharacter
        case characters([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// What is between the `*`s; the first piece stands at the start, the last at the end.
    private(set) var pieces: [[Element]] = [[]]

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

    /// The class that starts here; ends on its closing bracket.
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
