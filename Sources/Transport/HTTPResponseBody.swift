/// The body of a streamed response, read by one task.
public struct HTTPResponseBody: Sendable {
    let transfer: CurlTransfer

    /// The next piece, never empty; `nil` at the end.
    /// - Throws: `TransportError` when the body stops short or a limit is reached; `CancellationError`.
    public func next() async throws -> [UInt8]? {
        try await transfer.loop.hop { try await transfer.nextPiece() }
    }
}
