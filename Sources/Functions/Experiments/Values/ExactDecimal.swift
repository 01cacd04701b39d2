/// A number in decimal, with all its digits: what Python's `Decimal(value)` holds.
///
/// A double is its exact binary value (0.7 is below 0.7000…), and a text may have any number of digits.
enum ExactDecimal {
    /// Sign, digits without leading zeros (none for zero), and the power of ten of the last digit.
    case finite(isNegative: Bool, digits: [UInt8], exponent: Int)
    case infinity(isNegative: Bool)
    case notANumber
}

extension ExactDecimal {
    /// The exact value of an integer.
    init(_ number: some BinaryInteger) {
        let digits = String(number.magnitude).utf8.map { $0 - 0x30 }
        self = .finite(isNegative: number < 0, digits: digits == [0] ? [] : digits, exponent: 0)
    }

    /// The exact value of a double: up to some 770 digits.
    init(_ number: Double) {
        let isNegative = number.sign == .minus
        guard number.isFinite else {
            self = number.isNaN ? .notANumber : .infinity(isNegative: isNegative)
            return
        }
        guard number != 0 else {
            self = .finite(isNegative: isNegative, digits: [], exponent: 0)
            return
        }
        // significand * 2^power, where the significand is whole. Halving is multiplying by 5 and dividing by 10.
        let power = Int(number.exponent) - 52
        var digits = Digits(UInt64(number.significand * 0x1p52))
        for _ in 0..<abs(power) { digits.multiply(by: power > 0 ? 2 : 5) }
        self = .finite(isNegative: isNegative, digits: digits.decimal, exponent: min(power, 0))
    }

    /// The largest exponent of Python's decimals, and the smallest one but for the sign, without the digits.
    private static let maximumExponent = 999_999_999_999_999_999

    /// Reads a text as Python does: white space around it and underscores in it do not count, the digits of any script
    /// do, and `Infinity`, `inf`, `nan` and `sNaN` are read.
    ///
    /// Nil for what is no number, and for exponents beyond 18 digits.
    init?(_ text: String) {
        var characters = text.unicodeScalars.map { scalar -> UInt8 in
            if scalar.isASCII { return UInt8(scalar.value) }
            if scalar.properties.isWhitespace { return UInt8(ascii: " ") }
            guard scalar.properties.generalCategory == .decimalNumber, let digit = scalar.properties.numericValue
            else { return 0 }
            return 0x30 + UInt8(digit)
        }[...]
        characters = characters.drop(while: Self.isSpace)
        while let last = characters.last, Self.isSpace(last) { characters.removeLast() }
        var rest = characters.filter { $0 != UInt8(ascii: "_") }[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let word = String(decoding: rest.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        if word == "inf" || word == "infinity" {
            self = .infinity(isNegative: isNegative)
            return
        }
        for name in ["nan", "snan"] where word.hasPrefix(name) {
            guard word.utf8.dropFirst(name.utf8.count).allSatisfy(Self.isDigit) else { return nil }
            self = .notANumber
            return
        }
        let whole = rest.prefix(while: Self.isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: Self.isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            let digits = rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") ? rest.dropFirst() : rest
            guard !digits.isEmpty, digits.allSatisfy(Self.isDigit) else { return nil }
            guard let value = Int(String(decoding: rest, as: UTF8.self)) else { return nil }
            exponent = value
            rest = []
        }
        guard rest.isEmpty, exponent.magnitude <= 2 * Self.maximumExponent.magnitude else { return nil }
        let digits = (whole + fraction).map { $0 - 0x30 }.drop { $0 == 0 }
        exponent -= fraction.count
        // Zero may have any exponent; Python refuses what it would have to round.
        if !digits.isEmpty {
            guard exponent + digits.count - 1 <= Self.maximumExponent, exponent >= -2 * Self.maximumExponent else {
                return nil
            }
        }
        self = .finite(isNegative: isNegative, digits: Array(digits), exponent: digits.isEmpty ? 0 : exponent)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// Python's `isspace` in ASCII, which has four more characters than C's.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte || 0x1C...0x1F ~= byte }
}

extension ExactDecimal {
    /// Whether this number is at most another one; nil when one of them is not-a-number, which Python cannot order.
    func isAtMost(_ other: ExactDecimal) -> Bool? {
        guard let left = sortKey, let right = other.sortKey else { return nil }
        if left != right { return left < right }
        guard case .finite(let isNegative, let digits, let exponent) = self,
            case .finite(_, let otherDigits, let otherExponent) = other
        else { return true }
        let places = (digits.count + exponent, otherDigits.count + otherExponent)
        // Digits behind the same point are ordered like texts, when both have no zeros at their ends.
        let isLess =
            places.0 != places.1
            ? places.0 < places.1 : Self.trimmed(digits).lexicographicallyPrecedes(Self.trimmed(otherDigits))
        let isSame = places.0 == places.1 && Self.trimmed(digits) == Self.trimmed(otherDigits)
        return isSame || isLess != isNegative
    }

    /// -2 for minus infinity, -1 for negative numbers, 0 for zero and so on; nil for not-a-number.
    private var sortKey: Int? {
        switch self {
        case .finite(let isNegative, let digits, _): digits.isEmpty ? 0 : isNegative ? -1 : 1
        case .infinity(let isNegative): isNegative ? -2 : 2
        case .notANumber: nil
        }
    }

    private static func trimmed(_ digits: [UInt8]) -> ArraySlice<UInt8> {
        digits.prefix(digits.count - digits.reversed().prefix { $0 == 0 }.count)
    }
}

/// A whole number in groups of nine digits, the lowest first.
private struct Digits {
    private var groups: [UInt64]
    private static let base: UInt64 = 1_000_000_000

    init(_ number: UInt64) {
        groups = [number % Self.base, number / Self.base]
    }

    mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for index in groups.indices {
            let product = groups[index] * factor + carry
            groups[index] = product % Self.base
            carry = product / Self.base
        }
        if carry > 0 { groups.append(carry) }
    }

    var decimal: [UInt8] {
        var digits: [UInt8] = []
        for group in groups.reversed() {
            let text = String(group).utf8
            digits += [UInt8](repeating: 0, count: 9 - text.count) + text.map { $0 - 0x30 }
        }
        return Array(digits.drop { $0 == 0 })
    }
}
