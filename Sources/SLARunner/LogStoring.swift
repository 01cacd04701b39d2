/// Where the output of runs goes; an S3 bucket for real.
public protocol LogStoring: Sendable {
    /// Stores a log under a key.
    /// - Throws: When it is not there afterwards; nothing of it is left behind then.
    func store(_ log: OutputLog, key: String) async throws
}
