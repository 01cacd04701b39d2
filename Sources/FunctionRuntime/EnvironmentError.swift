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
