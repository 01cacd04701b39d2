/// The digits of a number as they are read: `digits` * 10^`exponent`.
struct Decimal {
    var digits: UInt64 = 0
    var exponent = 0
    /// Whether there were more digits than 64 bits hold; then the rest of the value means nothing.
    private(set) var isCut = false

    @inline(__always)
    mutating func append(_ digit: UInt8) {
        if digits < UInt64.max / 10 {
            digits = digits &* 10 &+ UInt64(digit)
            return
        }
        let (product, tooLarge) = digits.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
        digits = sum
        isCut = isCut || tooLarge || carry
    }

    /// The nearest double, when it can be found quickly and for certain; otherwise nil.
    var nearestDouble: Double? {
        if isCut { return nil }
        if digits == 0 { return 0 }
        // Both factors are exact, so the one rounding is right (Clinger's fast path).
        if digits <= 1 << 53, abs(exponent) < Self.exactPowers.count {
            return exponent < 0
                ? Double(digits) / Self.exactPowers[-exponent] : Double(digits) * Self.exactPowers[exponent]
        }
        return eiselLemire
    }

    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The nearest double by Eisel and Lemire's method ("Number Parsing at a Gigabyte per Second", 2021, as in Go's
    /// `strconv`), or nil where 128 bits of the power of ten do not settle the rounding.
    ///
    /// `digits` is not 0.
    private var eiselLemire: Double? {
        guard let power = PowerOfTen(exponent) else { return nil }
        let shift = digits.leadingZeroBitCount
        let mantissa = digits << UInt64(shift)
        var exponent2 = (217_706 * exponent) >> 16 + 64 + 1_023 - shift

        var (high, low) = mantissa.multipliedFullWidth(by: power.high)
        if high & 0x1FF == 0x1FF, low.addingReportingOverflow(mantissa).overflow {
            let (high2, low2) = mantissa.multipliedFullWidth(by: power.low)
            let (merged, carry) = low.addingReportingOverflow(high2)
            high += carry ? 1 : 0
            low = merged
            if high & 0x1FF == 0x1FF, low == .max, low2.addingReportingOverflow(mantissa).overflow { return nil }
        }
        let top = Int(high >> 63)
        var significand = high >> UInt64(top + 9)
        exponent2 -= 1 ^ top
        // Exactly half-way, as far as these bits tell.
        if low == 0, high & 0x1FF == 0, significand & 3 == 1 { return nil }

        significand = (significand + significand & 1) >> 1
        if significand >> 53 > 0 {
            significand >>= 1
            exponent2 += 1
        }
        guard 1..<0x7FF ~= exponent2 else { return nil }
        return Double(bitPattern: UInt64(exponent2) << 52 | significand & (1 << 52 - 1))
    }
}
