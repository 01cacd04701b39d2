extension Duration {
    /// Reads a time as a person writes it: `30s`, `1m30s`, `2h`, `250ms`, `1.5s`; a bare number is seconds.
    /// - Returns: nil for anything else, and for what is zero, negative or longer than a year.
    public init?(text: String) {
        let units: [Substring: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        var seconds = 0.0
        if let bare = Double(text), text.allSatisfy({ $0.isNumber || $0 == "." }) {
            seconds = bare
        } else {
            var rest = text[...]
            while let match = rest.prefixMatch(of: /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)/), let number = Double(match.1) {
                seconds += number * (units[match.2] ?? 0)
                rest = rest[match.range.upperBound...]
            }
            guard rest.isEmpty else { return nil }
        }
        guard seconds > 0, seconds <= 366 * 86_400 else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// The time for a person, in its two largest units at most: `2.4 s`, `1 m 30 s`, `250 ms`.
    public var text: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<60_000:
            let tenths = milliseconds % 1000 / 100
            return tenths == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds / 1000).\(tenths) s"
        case ..<3_600_000:
            let seconds = milliseconds / 1000 % 60
            return "\(milliseconds / 60_000) m" + (seconds == 0 ? "" : " \(seconds) s")
        default:
            let minutes = milliseconds / 60_000 % 60
            return "\(milliseconds / 3_600_000) h" + (minutes == 0 ? "" : " \(minutes) m")
        }
    }
}
