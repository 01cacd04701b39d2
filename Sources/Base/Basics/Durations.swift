/// Reads and writes lengths of time as people do; every variable, configuration file and command line goes through it.
///
/// `1m30s`, `90s`, `1.5h`, `250ms`, `2d`, `2w`, `-10s` (Go's `time.ParseDuration`, days and weeks) and ISO 8601:
/// `PT1M30S`, `P1DT12H`, `P2W`.
public enum DurationText {
    /// Which forms a text may have.
    public enum Grammar: Sendable {
        /// Exactly what Go's `time.ParseDuration` takes: `ns` to `h`, no days, no ISO 8601.
        case go
        /// Go's form, days, weeks, and ISO 8601 without years and months, whose length is not fixed.
        case full
    }

    /// The length in nanoseconds.
    /// - Returns: nil for a text of another form, and for more than 2^63 ns (292 years).
    public static func nanoseconds(_ text: some Collection<UInt8>, _ grammar: Grammar = .full) -> Int64? {
        guard text.count < 200 else { return nil }
        var rest = Array(text)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard let first = rest.first else { return nil }
        let total: UInt64?
        if grammar == .full, first == UInt8(ascii: "P") {
            total = sumOfISO8601(rest.dropFirst())
        } else {
            total = sum(rest, units: grammar == .go ? goUnits : goUnits + longUnits)
        }
        guard let total else { return nil }
        if isNegative { return total <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- total) : nil }
        return Int64(exactly: total)
    }

    private typealias Unit = (name: String, nanoseconds: UInt64)
    private static let second: UInt64 = 1_000_000_000
    private static let goUnits: [Unit] = [
        ("ns", 1), ("us", 1_000), ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ms", 1_000_000), ("s", second),
        ("m", 60 * second), ("h", 3_600 * second),
    ]
    private static let longUnits: [Unit] = [("d", 86_400 * second), ("w", 7 * 86_400 * second)]

    private static func sum(_ text: ArraySlice<UInt8>, units: [Unit]) -> UInt64? {
        var rest = text
        var total: UInt64 = 0
        while !rest.isEmpty {
            guard let part = takePart(&rest, units: units), part <= (1 << 63) - total else { return nil }
            total += part
        }
        return total
    }

    /// What follows the `P`: weeks and days, then behind a `T` hours, minutes and seconds.
    private static func sumOfISO8601(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard !text.isEmpty else { return nil }
        let days = text.prefix { $0 != UInt8(ascii: "T") }
        let time = text.dropFirst(days.count)
        guard time.count != 1,
            let total = sum(days, units: [("W", 7 * 86_400 * second), ("D", 86_400 * second)]),
            let rest = sum(time.dropFirst(), units: [("H", 3_600 * second), ("M", 60 * second), ("S", second)])
        else { return nil }
        return rest <= (1 << 63) - total ? total + rest : nil
    }

    /// Takes a number and its unit off the text; at most 2^63.
    private static func takePart(_ rest: inout ArraySlice<UInt8>, units: [Unit]) -> UInt64? {
        let whole = rest.prefix { 0x30...0x39 ~= $0 }
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix { 0x30...0x39 ~= $0 }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard whole.count + fraction.count > 0 else { return nil }
        let name = rest.prefix { !(0x30...0x39 ~= $0) && $0 != UInt8(ascii: ".") }
        rest = rest.dropFirst(name.count)
        guard let unit = units.first(where: { name.elementsEqual($0.name.utf8) })?.nanoseconds,
            let count = whole.isEmpty ? 0 : UInt64(String(decoding: whole, as: UTF8.self)), count <= (1 << 63) / unit
        else { return nil }
        var part = count * unit
        if let share = Double("0." + String(decoding: fraction.prefix(18), as: UTF8.self) + "0") {
            part += UInt64(share * Double(unit))
        }
        return part <= 1 << 63 ? part : nil
    }
}

extension Duration {
    /// Reads a length of time in one of the forms of ``DurationText``.
    /// - Parameter bareUnit: what a number without a unit counts, such as `.seconds(1)`; nil when it needs a unit.
    /// - Returns: nil for a text of another form.
    public init?(text: some StringProtocol, bareUnit: Duration? = nil) {
        if let bareUnit, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == UInt8(ascii: ".") }) {
            guard let number = Double(text), number * (bareUnit / .seconds(1)) < 9e9 else { return nil }
            self = bareUnit * number
            return
        }
        guard let nanoseconds = DurationText.nanoseconds(text.utf8) else { return nil }
        self = .nanoseconds(nanoseconds)
    }

    /// The length for people: `250 ms`, `1.5 s`, `1 m 30 s`, `2 h 5 m`; from a minute on in its two largest units.
    public var text: String {
        guard self >= .zero else { return "-" + (.zero - self).text }
        let (whole, attoseconds) = components
        if whole == 0 { return "\(attoseconds / 1_000_000_000_000_000) ms" }
        if whole < 60 {
            let milliseconds = attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return "\(whole) s" }
            var digits = milliseconds.padded(3)
            while digits.last == "0" { digits.removeLast() }
            return "\(whole).\(digits) s"
        }
        let (large, small, units) =
            if whole < 3_600 {
                (whole / 60, whole % 60, ("m", "s"))
            } else if whole < 48 * 3_600 {
                (whole / 3_600, whole / 60 % 60, ("h", "m"))
            } else {
                (whole / 86_400, whole / 3_600 % 24, ("d", "h"))
            }
        return "\(large) \(units.0)" + (small == 0 ? "" : " \(small) \(units.1)")
    }

    /// The length in whole nanoseconds, from 0 to a hundred years, so that a deadline made of it cannot overflow.
    public var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        guard seconds < 3_155_760_000 else { return 3_155_760_000_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
