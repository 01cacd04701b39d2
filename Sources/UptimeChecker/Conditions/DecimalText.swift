/// The ways to write the shortest digits of a number.
struct DecimalText {
    private let isNegative: Bool
    private var digits: String
    /// Where the point is, counted in digits.
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

    /// `fmt`'s `%v`: with an exponent below 0.0001 and from a million on.
    var general: String { point <= -4 || point > 6 ? scientific : positional }

    /// The same, but with an exponent only from 1e21 on.
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
