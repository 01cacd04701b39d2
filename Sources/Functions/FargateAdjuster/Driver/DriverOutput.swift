import Glibc
import JSON
import Processes
import TextTables

/// What the driver says: JSON lines for the servo on standard output, text for people on standard error.
///
/// The servo takes each line with `progress` as progress and the last other line as the result. What is not JSON on
/// standard output makes it end the driver.
struct DriverOutput: Sendable {
    /// How long a reader that does not read is waited for, in milliseconds: it must not hold up the way back.
    private static let patience: Int32 = 30_000

    private let output: @Sendable (_ line: [UInt8], _ mustArrive: Bool) -> Void
    private let errors: @Sendable (_ line: [UInt8]) -> Void

    /// - Parameters:
    ///   - output: gets each line; one that need not arrive is dropped rather than waited for.
    init(
        output: @escaping @Sendable (_ line: [UInt8], _ mustArrive: Bool) -> Void,
        errors: @escaping @Sendable (_ line: [UInt8]) -> Void
    ) {
        (self.output, self.errors) = (output, errors)
    }

    /// Standard output and standard error, or other descriptors.
    init(output: Int32 = STDOUT_FILENO, errors: Int32 = STDERR_FILENO) {
        let (output, errors) = (
            DescriptorWriter(output, patience: Self.patience), DescriptorWriter(errors, patience: 0)
        )
        self.init(
            output: { line, mustArrive in
                line.withUnsafeBytes { output.write($0, startWithin: mustArrive ? nil : 0) }
            },
            errors: { $0.withUnsafeBytes { errors.write($0) } })
    }

    /// A progress line.
    /// - Parameter progress: 0 to 100.
    func progress(_ progress: Int, _ message: String) {
        send(["progress": .integer(Int64(progress)), "message": .string(message)], mustArrive: false)
    }

    /// A line of another kind: a description, a warning or the result.
    func line(_ object: JSONValue) { send(object, mustArrive: true) }

    /// A line of plain text on standard output.
    func text(_ text: String) { output(Array("\(text)\n".utf8), true) }

    /// The original's `print_json_error`.
    /// - Parameters:
    ///   - reason: one word for programs, `unknown` where the original has no other.
    ///   - error: `failure`, or `none` for a warning.
    ///   - type: what the original has the name of a Python exception for.
    func failure(reason: String = "unknown", error: String = "failure", type: String, _ message: String) {
        line([
            "status": "failed", "reason": .string(reason), "error": .string(error), "class": .string(type),
            "message": .string(message),
        ])
    }

    /// A line for people; what services and callers named or said cannot control the terminal.
    func log(_ text: String) { errors(Array("adjust: \(text.printableLines)\n".utf8)) }

    /// A line on standard error as it is.
    func logText(_ text: String) { errors(Array("\(text)\n".utf8)) }

    private func send(_ object: JSONValue, mustArrive: Bool) {
        output(Array("\(object.pythonJSON)\n".utf8), mustArrive)
    }
}
