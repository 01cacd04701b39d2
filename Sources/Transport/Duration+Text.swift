extension Duration {
    /// For messages: `5 s`, `1.5 s`, `250 ms`.
    public var text: String {
        let milliseconds = Int64(clampedNanoseconds / 1_000_000)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        guard rest > 0 else { return "\(seconds) s" }
        var digits = "00\(rest)".suffix(3)
        while digits.last == "0" { digits.removeLast() }
        return "\(seconds).\(digits) s"
    }
}
