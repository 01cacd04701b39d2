public import JSON

/// A place that metrics are written to.
public protocol MetricOutput: Sendable {
    /// Writes data, and gives up when the time is over.
    /// - Returns: why single data were refused for good, by their position. All others have been written.
    /// - Throws: when it cannot be told that the data were written; a later attempt may succeed.
    func write(_ data: [MetricDatum], until end: Timestamp) async throws -> [Int: String]
}
