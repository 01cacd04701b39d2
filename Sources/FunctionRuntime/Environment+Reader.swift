extension Environment {
    /// Typed getters for ``Environment/parse(_:)``.
    ///
    /// In each, an unset or empty variable means the default, and `secret: true` keeps the value out of the message.
    public struct Reader {
        let environment: Environment
        var faults: [EnvironmentError.Fault] = []

        /// The text of a variable that must be set.
        public mutating func required(_ name: String, expected: String = "a value", secret: Bool = false) -> String {
            if let text = environment[name] { return text }
            fault(name, expected: expected, secret: secret)
            return ""
        }

        /// The text of a variable, or the default.
        public func string(_ name: String, default fallback: String) -> String {
            environment[name] ?? fallback
        }

        /// The text of a variable, or nil.
        public func string(_ name: String) -> String? {
            environment[name]
        }

        /// A whole number within a range.
        public mutating func integer(
            _ name: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int.max
        ) -> Int {
            value(name, default: fallback, expected: Self.describe(range)) { text in
                Int(text).flatMap { range.contains($0) ? $0 : nil }
            }
        }

        /// A decimal number within a range.
        public mutating func number(
            _ name: String, default fallback: Double, in range: ClosedRange<Double>
        ) -> Double {
            value(name, default: fallback, expected: "a number from \(range.lowerBound) to \(range.upperBound)") {
                text in
                Double(text).flatMap { range.contains($0) ? $0 : nil }
            }
        }

        /// A truth value: `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case.
        public mutating func flag(_ name: String, default fallback: Bool = false) -> Bool {
            value(name, default: fallback, expected: "true or false") { text in
                switch text.lowercased() {
                case "true", "1", "yes", "on": true
                case "false", "0", "no", "off": false
                default: nil
                }
            }
        }

        /// A positive time such as `500ms`, `30s`, `1.5m` or `2h`; a bare number means seconds.
        public mutating func duration(_ name: String, default fallback: Duration) -> Duration {
            value(name, default: fallback, expected: "a time such as 500ms, 30s or 5m", parse: Self.parseDuration)
        }

        /// Comma-separated values, trimmed, empty ones left out.
        public func list(_ name: String, default fallback: [String] = []) -> [String] {
            guard let text = environment[name] else { return fallback }
            return text.split(separator: ",").map { String($0.trimmingSpaces) }.filter { !$0.isEmpty }
        }

        /// One of an enumeration's raw values, in any case.
        public mutating func choice<Choice: CaseIterable & RawRepresentable>(
            _ name: String, default fallback: Choice
        ) -> Choice where Choice.RawValue == String {
            let names = Choice.allCases.map(\.rawValue)
            return value(name, default: fallback, expected: "one of \(names.joined(separator: ", "))") { text in
                Choice.allCases.first { $0.rawValue.lowercased() == text.lowercased() }
            }
        }

        /// Any type, or the default; `parse` returns nil for a wrong value.
        public mutating func value<Value>(
            _ name: String, default fallback: Value, expected: String, secret: Bool = false,
            parse: (String) throws -> Value?
        ) -> Value {
            guard let text = environment[name] else { return fallback }
            if let value = try? parse(text) { return value }
            fault(name, expected: expected, secret: secret)
            return fallback
        }

        /// Notes a fault that the getters cannot see, such as two variables that exclude each other.
        public mutating func fault(_ name: String, expected: String, secret: Bool = false) {
            let value = environment[name].map { secret ? "***" : $0 }
            faults.append(EnvironmentError.Fault(variable: name, value: value, expected: expected))
        }
    }
}

extension Environment.Reader {
    private static func describe(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number, \(range.lowerBound) or more"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func parseDuration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let amount = Double(digits), amount > 0, amount < 1e9 else { return nil }
        switch text.dropFirst(digits.count).trimmingSpaces {
        case "ms": return .seconds(amount / 1_000)
        case "", "s": return .seconds(amount)
        case "m", "min": return .seconds(amount * 60)
        case "h": return .seconds(amount * 3_600)
        default: return nil
        }
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: SubSequence {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}
