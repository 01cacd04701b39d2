extension String {
    /// This text as a JSON string of Python's `json.dumps`: with quotes, and everything outside of ASCII as `\uXXXX`.
    ///
    /// For texts that have to be Python's to the byte, such as those from which the AWS CLI makes file names.
    public var pythonJSON: String {
        var result = "\""
        for unit in utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x08: result += "\\b"
            case 0x09: result += "\\t"
            case 0x0A: result += "\\n"
            case 0x0C: result += "\\f"
            case 0x0D: result += "\\r"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return result + "\""
    }
}

extension Double {
    /// This number as Python's `repr()` writes it, with the fewest digits that name it: `0.1`, `1e-05`, `1e+16`,
    /// `100.0`, `inf`, `nan`.
    public var pythonText: String {
        if isNaN { return "nan" }
        let sign = sign == .minus ? "-" : ""
        if isInfinite { return sign + "inf" }
        if self == 0 { return sign + "0.0" }
        // Swift writes the same digits, but changes to an exponent elsewhere.
        let text = "\(magnitude)".utf8
        let mantissa = text.prefix { $0 != UInt8(ascii: "e") }
        let exponent = Int(String(decoding: text.dropFirst(mantissa.count + 1), as: UTF8.self)) ?? 0
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
        let all = Array(whole) + mantissa.dropFirst(whole.count + 1)
        let leadingZeros = all.prefix { $0 == UInt8(ascii: "0") }.count
        var digits = all.dropFirst(leadingZeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        // The number is 0.DIGITS times ten to the power of the last term.
        return sign
            + Self.pythonLayout(String(decoding: digits, as: UTF8.self), point: whole.count - leadingZeros + exponent)
    }

    private static func pythonLayout(_ digits: String, point: Int) -> String {
        let count = digits.utf8.count
        guard point > -4, point <= 16 else {
            let exponent = point - 1
            let rest = digits.dropFirst()
            let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
            return digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + (exponent < 0 ? "-" : "+") + power
        }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if point >= count { return digits + String(repeating: "0", count: point - count) + ".0" }
        return digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
