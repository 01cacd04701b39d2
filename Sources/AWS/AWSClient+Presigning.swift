public import JSON
internal import Synchronization
internal import Transport

extension AWSClient {
    /// A URL with which anyone can carry out one call until it expires: `presignedURL("GetObject", ["Bucket": …, "Key": …])`.
    ///
    /// For operations whose input goes into path and query, which are S3's. Headers that the input sets are signed: whoever
    /// uses the URL has to send the same.
    /// - Parameter expires: whole seconds up to seven days; temporary credentials end it earlier.
    /// - Throws: `AWSError`.
    public func presignedURL(
        _ operation: String, _ input: JSONValue = [:], expires: Duration = .seconds(3600)
    ) async throws -> String {
        try await describingErrors(of: operation) {
            let call = try prepare(operation, input, .none, 0)
            let credentials = try await configuration.credentials.credentials()
            var request = call.request
            request.headers.remove("User-Agent")
            return signer.presignedURL(
                request, with: credentials, region: call.endpoint.signingRegion,
                at: configuration.time.now() + state.withLock { $0.clockSkew },
                expires: Int(expires.components.seconds)
            )
        }
    }
}
