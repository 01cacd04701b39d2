import Basics

/// Numbers in the forms that Go parses, because Gatus compares them as such.
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

    /// The value of digits; a `_` must be between two of them, or after the prefix.
    private static func value(of digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
        var value: UInt64 = 0
        var mayEnd = false
        for byte in digits {
            if byte == UInt8(ascii: "_") {
                guard mayEnd || byte == digits.first else { return nil }
                mayEnd = false
                continue
            }
            guard let digit = hexValue(byte), digit < radix else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: radix)
            let (sum, isTooLarge) = product.addingReportingOverflow(UInt64(digit))
            if overflows || isTooLarge { return nil }
            (value, mayEnd) = (sum, true)
        }
        return mayEnd ? value : nil
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

/// The shortest decimal digits that identify a `Double`, in the formats of Go.
struct DecimalText {
    private let isNegative: Bool
    private var digits: String
    /// The position of the decimal point, in digits from the start.
    private var point: Int

    init(_ number: Double) {
        isNegative = number.sign == .minus
        let parts = number.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        digits = mantissa.joined()
        point = (mantissa.first?.count ?? 0) + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let zeros = digits.prefix { $0 == "0" }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.last == "0" { digits.removeLast() }
        if digits.isEmpty { (digits, point) = ("0", 1) }
    }

    /// Go's `%v`: with an exponent below 0.0001 and from 1,000,000.
    var general: String { point <= -4 || point > 6 ? scientific : positional }

    /// The same with an exponent only from 1e21.
    var plain: String { point <= -4 || point > 21 ? scientific : positional }

    private var sign: String { isNegative ? "-" : "" }

    private var positional: String {
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    private var scientific: String {
        let exponent = (point - 1).magnitude
        let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
        return "\(sign)\(digits.prefix(1))\(fraction)e\(point > 0 ? "+" : "-")\(exponent < 10 ? "0" : "")\(exponent)"
    }
}

/// Durations in the format of Gatus.
enum GatusDuration {
    /// Hours, minutes and seconds without zeros at the end: `336h`, `1h30m`, `1h0m15s`, `0s`.
    static func hours(milliseconds: Int64) -> String {
        let total = (milliseconds / 1_000).magnitude
        let (hours, minutes, seconds) = (total / 3_600, total / 60 % 60, total % 60)
        guard total > 0 else { return "0s" }
        var text = milliseconds < 0 ? "-" : ""
        if hours > 0 { text += "\(hours)h" }
        if minutes > 0 || (hours > 0 && seconds > 0) { text += "\(minutes)m" }
        if seconds > 0 { text += "\(seconds)s" }
        return text
    }
}
