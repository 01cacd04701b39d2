internal import Basics
public import Transport

extension AWSConfiguration {
    /// Sends a request to a service that has no model here, such as an OpenSearch domain, signed with these
    /// credentials.
    ///
    /// - Parameter service: the name in the signature, such as `es`.
    /// - Throws: `AWSError` without credentials, `TransportError`, `CancellationError`.
    public func send(_ request: HTTPRequest, signedFor service: String) async throws -> HTTPResponse {
        var request = request
        RequestSigner(service: service).sign(
            &request, with: try await credentials.credentials(), region: region, at: time.now())
        return try await http.execute(request)
    }
}
