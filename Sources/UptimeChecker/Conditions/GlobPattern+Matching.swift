extension GlobPattern {
    /// Whether the pattern is the whole text.
    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        let text = text.contains(UInt8(ascii: "/")) ? text.filter { $0 != UInt8(ascii: "/") }[...] : text
        guard var rest = Self.rest(of: text, after: pieces[0]) else { return false }
        guard pieces.count > 1 else { return rest.isEmpty }
        // The first place that fits is as good as any other: what follows is behind a `*`.
        for piece in pieces.dropFirst().dropLast() {
            guard let next = Self.firstRest(of: rest, after: piece, where: { _ in true }) else { return false }
            rest = next
        }
        let last = pieces[pieces.count - 1]
        return last.isEmpty || Self.firstRest(of: rest, after: last, where: \.isEmpty) != nil
    }

    /// What follows the first occurrence of a piece that has the right rest behind it.
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

    /// What follows a piece that the text starts with.
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

/// The characters of a text that need not be UTF-8.
enum GlobText {
    /// The first character and its bytes; `nil` where there is none or no UTF-8.
    static func character(_ text: ArraySlice<UInt8>) -> (value: UInt32, length: Int)? {
        var bytes = text.prefix(4).makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
        return (scalar.value, UTF8.width(scalar))
    }

    /// The bytes of the first character; 1 where it is no UTF-8.
    static func length(_ text: ArraySlice<UInt8>) -> Int { character(text)?.length ?? 1 }
}
