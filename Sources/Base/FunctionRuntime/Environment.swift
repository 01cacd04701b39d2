internal import Glibc

/// Environment variables as a value, so that nothing but a program's entry reads the process environment.
///
///     let configuration = try environment.parse { variables in
///         Configuration(
///             topic: variables.required("TOPIC_ARN"),
///             batchSize: variables.integer("BATCH_SIZE", default: 20, in: 1...1_000),
///             token: variables.required("TOKEN", secret: true)
///         )
///     }
///
/// throws one ``EnvironmentError`` that names every fault at once.
public struct Environment: Sendable, Hashable {
    /// All variables by name.
    public let variables: [String: String]

    /// Creates an environment from variables.
    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// A copy of the process environment.
    ///
    /// Bytes that are not UTF-8 become U+FFFD.
    public static func current() -> Environment {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            if let separator = strchr(entry, Int32(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: entry, count: separator - entry)
                variables[String(decoding: name, as: UTF8.self)] = String(cString: separator + 1)
            }
            next += 1
        }
        return Environment(variables)
    }

    /// The value of a variable; nil when it is not set or empty, which the two clouds' consoles do not tell apart.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// Reads a configuration and collects every fault on the way.
    ///
    /// - Parameter body: Builds the configuration. A getter that finds a fault notes it and returns a placeholder,
    ///   which is never seen: `parse` throws then.
    /// - Throws: ``EnvironmentError`` when any variable is missing or wrong; otherwise what `body` throws.
    public func parse<Configuration>(_ body: (inout Reader) throws -> Configuration) throws -> Configuration {
        var reader = Reader(environment: self)
        let configuration: Configuration
        do {
            configuration = try body(&reader)
        } catch {
            throw reader.faults.isEmpty ? error : EnvironmentError(faults: reader.faults)
        }
        guard reader.faults.isEmpty else { throw EnvironmentError(faults: reader.faults) }
        return configuration
    }
}

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

/// Every fault of a configuration at once.
public struct EnvironmentError: Error, Hashable, CustomStringConvertible {
    /// One variable that is missing or wrong.
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        /// The name of the variable.
        public let variable: String

        /// Its value; `***` for a secret, nil when not set.
        public let value: String?

        /// What it should be, as a noun: "a whole number from 1 to 10".
        public let expected: String

        /// `BATCH_SIZE is "x", expected a whole number from 1 to 10`.
        public var description: String {
            let found = value.map { "is \"\($0)\"" } ?? "is not set"
            return "\(variable) \(found), expected \(expected)"
        }
    }

    /// The faults, in the order in which the variables were read.
    public let faults: [Fault]

    /// The faults in one line.
    public var description: String {
        "wrong environment: " + faults.map(\.description).joined(separator: "; ")
    }
}
