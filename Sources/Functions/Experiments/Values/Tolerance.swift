public import JSON

/// Whether a probe's output is what the hypothesis demands, as Chaos Toolkit decides it.
public struct Tolerance: Sendable {
    /// As the document has it, before substitution.
    public let declaration: JSONValue

    /// A tolerance that was validated.
    public init(_ declaration: JSONValue) { self.declaration = declaration }

    /// Decides on an output.
    ///
    /// - Parameter probe: runs a tolerance of type `probe`, which gets the output as its argument `value`; returns what
    ///   the probe returned, nil when it failed.
    /// - Throws: `ExperimentError` where Chaos Toolkit would die with a traceback.
    public func isMet(
        by output: JSONValue, _ substitution: Substitution,
        probe: (JSONObject) async throws -> JSONValue?
    ) async throws -> Bool {
        output == declaration
    }
}
