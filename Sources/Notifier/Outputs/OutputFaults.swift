/// Everything that is wrong with the settings of an output; values of secrets are not in it.
struct OutputFaults: Error, Hashable, CustomStringConvertible {
    /// Each one like `output ops: url is missing`.
    let faults: [String]

    var description: String { faults.joined(separator: "; ") }
}
