import FunctionRuntime

/// Why the server could not start.
struct FunctionComputeError: Error, Sendable, CustomStringConvertible {
    /// What failed and what to do.
    let message: String
    /// What the system said.
    let underlying: any Error

    var description: String { message }
}

extension FunctionComputeError: ReportableError {
    var errorType: String { "portUnavailable" }
}
