/// Numbers and durations as Go reads them: what Gatus's comparisons rest on.
enum NumberText {
    /// An integer with sign, prefix (`0x`, `0o`, `0b`, `0`) and `_` between digits: `strconv.ParseInt` with base 0.
    static func integer(_ text: ArraySlice<UInt8>) -> Int64? {
        guard text.count < 100 else { return nil }
        let isNegative = text.first == UInt8(ascii: "-")
        var digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        guard let first = digits.first else { return nil }
        var radix: UInt64 = 10
        if first == UInt8(ascii: "0") {
            radix = digits.count < 3 ? 8 : [0x62: 2, 0x6F: 8, 0x78: 16][digits[digits.startIndex + 1] | 0x20] ?? 8
            let hasLetter = digits.count > 2 && (digits[digits.startIndex + 1] | 0x20) > UInt8(ascii: "a")
            digits = digits.dropFirst(hasLetter ? 2 : 1)
            if digits.isEmpty { return 0 }
        } else if first == UInt8(ascii: "_") {
            return nil
        }
        guard let magnitude = value(of: digits, radix: radix) else { return nil }
        guard isNegative else { return Int64(exactly: magnitude) }
        return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }

    /// Digits, each `_` of which is followed by one.
    private static func value(of digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
        var value: UInt64 = 0
        var mayEnd = false
        for byte in digits {
            if byte == UInt8(ascii: "_") {
                guard mayEnd || byte == digits.first else { return nil }
                mayEnd = false
                continue
            }
            guard let digit = digitValue(byte), digit < radix else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: radix)
            let (sum, isTooLarge) = product.addingReportingOverflow(digit)
            if overflows || isTooLarge { return nil }
            (value, mayEnd) = (sum, true)
        }
        return mayEnd ? value : nil
    }

    private static func digitValue(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46, 0x61...0x66: UInt64((byte | 0x20) - 0x61 + 10)
        default: nil
        }
    }

    /// A decimal fraction, with an exponent or without, or infinity: `strconv.ParseFloat`.
    static func decimal(_ text: ArraySlice<UInt8>) -> Double? {
        guard text.count < 1_000 else { return nil }
        var rest = text
        func takeDigits() -> Int {
            let digits = rest.prefix { 0x30...0x39 ~= $0 }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        func take(_ bytes: UInt8...) -> Bool {
            guard let first = rest.first, bytes.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take(UInt8(ascii: "-"), UInt8(ascii: "+"))
        let string = String(decoding: text, as: UTF8.self)
        if ["inf", "infinity"].contains(String(decoding: rest, as: UTF8.self).lowercased()) { return Double(string) }
        var count = takeDigits()
        if take(UInt8(ascii: ".")) { count += takeDigits() }
        guard count > 0 else { return nil }
        if take(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "-"), UInt8(ascii: "+"))
            guard takeDigits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(string), number.isFinite else { return nil }
        return number
    }
}
