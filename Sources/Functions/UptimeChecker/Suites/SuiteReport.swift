import Basics
import JSON

extension CheckResult {
    /// Whether it is that of a suite.
    var isSuite: Bool { steps != nil }

    /// The results that a report for CI systems has a test case of: the steps of a suite, or the endpoint itself.
    ///
    /// A suite of which no step tells why it is not up is a test case, too.
    var testCases: [CheckResult] {
        guard let steps else { return [self] }
        var own = self
        own.steps = nil
        return isUp || !failedSteps.isEmpty ? steps : [own] + steps
    }
}

extension CheckRow {
    /// The rows of a suite and of its steps; of an endpoint the one row.
    public var withSteps: [CheckRow] { [self] + steps }
}

extension CheckReport {
    /// How many suites were run.
    public var suiteCount: Int { results.count(where: \.isSuite) }

    /// How many endpoints were checked, without those of suites.
    public var endpointCount: Int { results.count - suiteCount }
}
