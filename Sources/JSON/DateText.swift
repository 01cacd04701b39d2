/// The rest of a text in which a date is read part by part.
struct DateText {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    /// Moves past one character, if it comes next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// Moves past a number of exactly so many digits.
    mutating func number(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Moves past one of these names, three letters each; its place in the list.
    mutating func name(_ names: [String]) -> Int64? {
        guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(rest.prefix(3)) }) else { return nil }
        rest.removeFirst(3)
        return Int64(place)
    }

    /// Moves past a decimal fraction, if there is one; microseconds.
    ///
    /// Nil when the point has no digits.
    mutating func fraction() -> Int64? {
        guard skip(".") || skip(",") else { return 0 }
        guard var value = digit() else { return nil }
        var unit: Int64 = 100_000
        value *= unit
        while let digit = digit() {
            unit /= 10
            value += digit * unit
        }
        return value
    }

    /// Moves past `Z` or an offset, if there is one; seconds east of UTC.
    mutating func offset() -> Int64? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(2), hours < 24 else { return nil }
        var minutes: Int64 = 0
        if !isAtEnd {
            _ = skip(":")
            guard let number = number(2), number < 60 else { return nil }
            minutes = number
        }
        let seconds = hours * 3_600 + minutes * 60
        return isEast ? seconds : -seconds
    }

    private mutating func digit() -> Int64? {
        guard let first = rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first else { return nil }
        rest.removeFirst()
        return Int64(first & 0xF)
    }
}
