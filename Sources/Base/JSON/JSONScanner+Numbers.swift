/// A JSON number in the form that holds it exactly, with the conversions that lose nothing.
enum JSONNumber {
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)

    /// The number that a value is, if it is one.
    init?(_ value: JSONValue) {
        switch value {
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = .unsigned(value)
        case .double(let value): self = .double(value)
        case .null, .bool, .string, .array, .object: return nil
        }
    }

    /// The same number as an integer type, if that holds it.
    ///
    /// Doubles beyond 2^53 may stand for another integer than was written, so they are refused.
    func exactly<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        switch self {
        case .integer(let value): T(exactly: value)
        case .unsigned(let value): T(exactly: value)
        case .double(let value): value.magnitude <= 0x1p53 ? T(exactly: value) : nil
        }
    }

    /// The nearest double.
    var nearestDouble: Double {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        }
    }
}

extension JSONScanner {
    /// Reads a number.
    ///
    /// The digits are summed up on the way, so that most numbers are read only once.
    mutating func scanNumber() throws(JSONError) {
        let start = position
        var decimal = Decimal()
        let isNegative = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) {
            try scanDigits(into: &decimal)
        } else if isDigit {
            throw failure(.invalidNumber, "a number must not start with 0")
        }
        var isInteger = true
        if skip(UInt8(ascii: ".")) {
            isInteger = false
            let fraction = position
            try scanDigits(into: &decimal)
            decimal.exponent -= position - fraction
        }
        if peek | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            decimal.exponent += try scanExponent()
        }
        let node = isInteger ? integerNode(decimal, isNegative: isNegative) : nil
        if var node {
            node.offset = UInt32(start)
            nodes.append(node)
        } else {
            let value = try double(decimal, isNegative: isNegative, text: start..<position)
            nodes.append(JSONNode(kind: .double, offset: UInt32(start), payload: value.bitPattern))
        }
    }

    /// The node of an integer of 64 bits; nil for other numbers, and for `-0`, which only a double can hold.
    private func integerNode(_ decimal: Decimal, isNegative: Bool) -> JSONNode? {
        guard !decimal.isCut else { return nil }
        if !isNegative {
            let kind: JSONNode.Kind = decimal.digits <= Int64.max ? .integer : .unsigned
            return JSONNode(kind: kind, offset: 0, payload: decimal.digits)
        }
        guard decimal.digits != 0, decimal.digits <= Int64.min.magnitude else { return nil }
        return JSONNode(kind: .integer, offset: 0, payload: 0 &- decimal.digits)
    }

    private mutating func double(
        _ decimal: Decimal, isNegative: Bool, text range: Range<Int>
    ) throws(JSONError) -> Double {
        if let magnitude = decimal.nearestDouble { return isNegative ? -magnitude : magnitude }
        let digits = String(decoding: text[range], as: UTF8.self)
        if let value = Double(digits), value.isFinite { return value }
        position = range.lowerBound
        throw failure(.numberOutOfRange, "\(digits.prefix(40)) is beyond any double")
    }

    private mutating func scanDigits(into decimal: inout Decimal) throws(JSONError) {
        guard isDigit else {
            if position >= text.count { throw unexpected("a digit") }
            throw failure(.invalidNumber, "expected a digit, found \(found)")
        }
        while isDigit {
            decimal.append(text[position] & 0xF)
            position += 1
        }
    }

    /// Reads an exponent after its `e`, at most 1,000,000.
    private mutating func scanExponent() throws(JSONError) -> Int {
        let isNegative = skip(UInt8(ascii: "-"))
        if !isNegative { _ = skip(UInt8(ascii: "+")) }
        var exponent = Decimal()
        try scanDigits(into: &exponent)
        let value = exponent.isCut ? 1_000_000 : Int(min(exponent.digits, 1_000_000))
        return isNegative ? -value : value
    }

    @inline(__always)
    private var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= peek }

    @inline(__always)
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }
}

/// A decimal number that is being read: `digits` * 10^`exponent`.
private struct Decimal {
    var digits: UInt64 = 0
    var exponent = 0
    /// Whether the number has more digits than 64 bits hold.
    ///
    /// Then `digits` and `exponent` mean nothing.
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

    /// The nearest double; nil when the fast methods cannot decide.
    var nearestDouble: Double? {
        if isCut { return nil }
        if digits == 0 { return 0 }
        // Both factors are exact, so there is only one rounding (Clinger's fast path).
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
    /// `strconv`); nil when 128 bits of the power of ten do not decide the rounding.
    ///
    /// `digits` must not be 0.
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
        // Exactly half-way in these bits.
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

/// The first 128 bits of a power of ten, rounded down: what doubles with 16 and 17 digits need.
///
/// Generated: for q in -40...40, 10^q = high.low * 2^k with the top bit of `high` set. Numbers with other exponents are
/// rare; the standard library parses them.
private struct PowerOfTen {
    let high: UInt64
    let low: UInt64

    /// The power with this exponent, if it is in the table.
    init?(_ exponent: Int) {
        let index = 2 * (exponent + 40)
        guard Self.table.indices.contains(index) else { return nil }
        high = Self.table[index]
        low = Self.table[index + 1]
    }

    private static let table: [UInt64] = [
        0x8B61_313B_BABC_E2C6, 0x2323_AC4B_3B3D_A015, 0xAE39_7D8A_A96C_1B77, 0xABEC_975E_0A0D_081A,
        0xD9C7_DCED_53C7_2255, 0x96E7_BD35_8C90_4A21, 0x881C_EA14_545C_7575, 0x7E50_D641_77DA_2E54,
        0xAA24_2499_6973_92D2, 0xDDE5_0BD1_D5D0_B9E9, 0xD4AD_2DBF_C3D0_7787, 0x955E_4EC6_4B44_E864,
        0x84EC_3C97_DA62_4AB4, 0xBD5A_F13B_EF0B_113E, 0xA627_4BBD_D0FA_DD61, 0xECB1_AD8A_EACD_D58E,
        0xCFB1_1EAD_4539_94BA, 0x67DE_18ED_A581_4AF2, 0x81CE_B32C_4B43_FCF4, 0x80EA_CF94_8770_CED7,
        0xA242_5FF7_5E14_FC31, 0xA125_8379_A94D_028D, 0xCAD2_F7F5_359A_3B3E, 0x096E_E458_13A0_4330,
        0xFD87_B5F2_8300_CA0D, 0x8BCA_9D6E_1888_53FC, 0x9E74_D1B7_91E0_7E48, 0x775E_A264_CF55_347D,
        0xC612_0625_7658_9DDA, 0x9536_4AFE_032A_819D, 0xF796_87AE_D3EE_C551, 0x3A83_DDBD_83F5_2204,
        0x9ABE_14CD_4475_3B52, 0xC492_6A96_7279_3542, 0xC16D_9A00_9592_8A27, 0x75B7_053C_0F17_8293,
        0xF1C9_0080_BAF7_2CB1, 0x5324_C68B_12DD_6338, 0x971D_A050_74DA_7BEE, 0xD3F6_FC16_EBCA_5E03,
        0xBCE5_0864_9211_1AEA, 0x88F4_BB1C_A6BC_F584, 0xEC1E_4A7D_B695_61A5, 0x2B31_E9E3_D06C_32E5,
        0x9392_EE8E_921D_5D07, 0x3AFF_322E_6243_9FCF, 0xB877_AA32_36A4_B449, 0x09BE_FEB9_FAD4_87C2,
        0xE695_94BE_C44D_E15B, 0x4C2E_BE68_7989_A9B3, 0x901D_7CF7_3AB0_ACD9, 0x0F9D_3701_4BF6_0A10,
        0xB424_DC35_095C_D80F, 0x5384_84C1_9EF3_8C94, 0xE12E_1342_4BB4_0E13, 0x2865_A5F2_06B0_6FB9,
        0x8CBC_CC09_6F50_88CB, 0xF93F_87B7_442E_45D3, 0xAFEB_FF0B_CB24_AAFE, 0xF78F_69A5_1539_D748,
        0xDBE6_FECE_BDED_D5BE, 0xB573_440E_5A88_4D1B, 0x8970_5F41_36B4_A597, 0x3168_0A88_F895_3030,
        0xABCC_7711_8461_CEFC, 0xFDC2_0D2B_36BA_7C3D, 0xD6BF_94D5_E57A_42BC, 0x3D32_9076_0469_1B4C,
        0x8637_BD05_AF6C_69B5, 0xA63F_9A49_C2C1_B10F, 0xA7C5_AC47_1B47_8423, 0x0FCF_80DC_3372_1D53,
        0xD1B7_1758_E219_652B, 0xD3C3_6113_404E_A4A8, 0x8312_6E97_8D4F_DF3B, 0x645A_1CAC_0831_26E9,
        0xA3D7_0A3D_70A3_D70A, 0x3D70_A3D7_0A3D_70A3, 0xCCCC_CCCC_CCCC_CCCC, 0xCCCC_CCCC_CCCC_CCCC,
        0x8000_0000_0000_0000, 0x0000_0000_0000_0000, 0xA000_0000_0000_0000, 0x0000_0000_0000_0000,
        0xC800_0000_0000_0000, 0x0000_0000_0000_0000, 0xFA00_0000_0000_0000, 0x0000_0000_0000_0000,
        0x9C40_0000_0000_0000, 0x0000_0000_0000_0000, 0xC350_0000_0000_0000, 0x0000_0000_0000_0000,
        0xF424_0000_0000_0000, 0x0000_0000_0000_0000, 0x9896_8000_0000_0000, 0x0000_0000_0000_0000,
        0xBEBC_2000_0000_0000, 0x0000_0000_0000_0000, 0xEE6B_2800_0000_0000, 0x0000_0000_0000_0000,
        0x9502_F900_0000_0000, 0x0000_0000_0000_0000, 0xBA43_B740_0000_0000, 0x0000_0000_0000_0000,
        0xE8D4_A510_0000_0000, 0x0000_0000_0000_0000, 0x9184_E72A_0000_0000, 0x0000_0000_0000_0000,
        0xB5E6_20F4_8000_0000, 0x0000_0000_0000_0000, 0xE35F_A931_A000_0000, 0x0000_0000_0000_0000,
        0x8E1B_C9BF_0400_0000, 0x0000_0000_0000_0000, 0xB1A2_BC2E_C500_0000, 0x0000_0000_0000_0000,
        0xDE0B_6B3A_7640_0000, 0x0000_0000_0000_0000, 0x8AC7_2304_89E8_0000, 0x0000_0000_0000_0000,
        0xAD78_EBC5_AC62_0000, 0x0000_0000_0000_0000, 0xD8D7_26B7_177A_8000, 0x0000_0000_0000_0000,
        0x8786_7832_6EAC_9000, 0x0000_0000_0000_0000, 0xA968_163F_0A57_B400, 0x0000_0000_0000_0000,
        0xD3C2_1BCE_CCED_A100, 0x0000_0000_0000_0000, 0x8459_5161_4014_84A0, 0x0000_0000_0000_0000,
        0xA56F_A5B9_9019_A5C8, 0x0000_0000_0000_0000, 0xCECB_8F27_F420_0F3A, 0x0000_0000_0000_0000,
        0x813F_3978_F894_0984, 0x4000_0000_0000_0000, 0xA18F_07D7_36B9_0BE5, 0x5000_0000_0000_0000,
        0xC9F2_C9CD_0467_4EDE, 0xA400_0000_0000_0000, 0xFC6F_7C40_4581_2296, 0x4D00_0000_0000_0000,
        0x9DC5_ADA8_2B70_B59D, 0xF020_0000_0000_0000, 0xC537_1912_364C_E305, 0x6C28_0000_0000_0000,
        0xF684_DF56_C3E0_1BC6, 0xC732_0000_0000_0000, 0x9A13_0B96_3A6C_115C, 0x3C7F_4000_0000_0000,
        0xC097_CE7B_C907_15B3, 0x4B9F_1000_0000_0000, 0xF0BD_C21A_BB48_DB20, 0x1E86_D400_0000_0000,
        0x9676_9950_B50D_88F4, 0x1314_4480_0000_0000, 0xBC14_3FA4_E250_EB31, 0x17D9_55A0_0000_0000,
        0xEB19_4F8E_1AE5_25FD, 0x5DCF_AB08_0000_0000,
    ]
}
