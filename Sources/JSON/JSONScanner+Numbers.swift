extension JSONScanner {
    /// Reads a number.
    ///
    /// Its digits are gathered in one integer on the way, so most numbers need no second look.
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

    /// A number that is an integer of 64 bits; `-0` is not, because integers have no negative zero.
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

    /// Reads an exponent after its `e`; one beyond a million is as good as a million.
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
