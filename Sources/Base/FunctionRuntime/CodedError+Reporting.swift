public import Basics

extension CodedError: ReportableError {
    /// The code's name, so that platforms and dashboards group the failures of a target by kind.
    public var errorType: String { code.name }
}
