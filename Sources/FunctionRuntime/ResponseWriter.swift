/// Where a streamed response is written to.
public protocol ResponseWriter: Sendable {
    /// Sends bytes to the caller and returns when the connection has taken them, so a slow caller slows the writer.
    ///
    /// - Throws: When the connection is lost or the platform has ended the invocation; let the error through.
    func write(_ bytes: [UInt8]) async throws
}

extension ResponseWriter {
    /// Sends the UTF-8 of a text to the caller; see `write(_: [UInt8])`.
    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}
