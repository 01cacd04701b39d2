extension NumberText {
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("ns", 1), ("us", 1_000), ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// A duration such as `48h`, `1h30m` or `-1.5s`, in nanoseconds: `time.ParseDuration`.
    static func duration(_ text: ArraySlice<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        var rest = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty, rest.count < 200 else { return nil }
        var total: UInt64 = 0
        while !rest.isEmpty {
            guard let part = takePart(&rest) else { return nil }
            total += part
            if total > 1 << 63 { return nil }
        }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        return Int64(exactly: total)
    }

    /// A number and its unit; at most 2^63.
    private static func takePart(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
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
