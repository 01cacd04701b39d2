/// An error that says more about itself than its type's name and description.
public protocol ReportableError: Error {
    /// A name to group errors by, in letters: `ConfigurationMissing`; `Runtime.Name` when it is a host's, not the function's.
    var errorType: String { get }

    /// Lines that tell where the error came from, innermost first.
    var stackTrace: [String] { get }
}

extension ReportableError {
    /// None.
    public var stackTrace: [String] { [] }
}
