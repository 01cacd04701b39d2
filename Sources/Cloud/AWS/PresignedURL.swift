public import JSON
import Basics
public import Transport

extension AWSClient {
    /// A URL with which anyone can make one call until it expires:
    /// `presignedURL("GetObject", ["Bucket": …, "Key": …])`.
    ///
    /// For operations whose whole input goes into path, query and headers, and for those of the protocols `query` and
    /// `ec2`, whose form becomes the query. Headers that the input sets are signed: whoever uses the URL has to send
    /// the same.
    /// - Parameters:
    ///   - method: the HTTP method that the URL is for. By default that of the model, but GET instead of a form's POST.
    ///   - headers: further headers that are signed, such as the `x-k8s-aws-id` of a token for EKS.
    ///   - expires: whole seconds up to seven days. It ends earlier when temporary credentials expire.
    /// - Throws: `AWSError`, `invalidParameter` when the operation's input needs a body.
    public func presignedURL(
        _ operation: String, _ input: JSONValue = [:], method: String? = nil, headers: HTTPHeaders = [:],
        expires: Duration = .seconds(3600)
    ) async throws -> String {
        try await describingErrors(of: operation) {
            try await presignedURL(operation, input, method: method, headers: headers, expires: expires, adding: [])
        }
    }

    /// - Parameter parameters: added to the query; the model need not have them.
    func presignedURL(
        _ name: String, _ input: JSONValue, method: String? = nil, headers: HTTPHeaders = [:],
        expires: Duration = .seconds(3600), adding parameters: [QueryItem]
    ) async throws -> String {
        // AWS would refuse every use of the URL, long after it was handed on.
        guard (1...604_800).contains(expires.components.seconds) else {
            throw AWSError(
                .invalidParameter, "a URL cannot expire after \(expires.text): give a second to seven days")
        }
        let operation = try model.operation(name)
        var wire = try operation.request(input, idempotencyToken: makeToken)
        try moveFormToQuery(&wire, operation)
        wire.query += parameters
        for header in headers { wire.headers.set(header.name, header.value) }
        let endpoint = try resolver.endpoint(input, for: operation)
        let request = HTTPRequest(
            method ?? wire.method, endpoint.url(target: wire.target, hostPrefix: wire.hostPrefix),
            headers: wire.headers)
        return signer.presignedURL(
            request, with: try await configuration.credentials.credentials(), region: endpoint.signingRegion,
            service: endpoint.signingName, at: serviceTime, expires: Int(expires.components.seconds)
        )
    }

    private func moveFormToQuery(_ wire: inout WireRequest, _ operation: OperationModel) throws(AWSError) {
        guard !wire.body.isEmpty else { return }
        guard [.query, .ec2].contains(operation.service.wireProtocol) else {
            throw AWSError(
                .invalidParameter, "the input is sent as a body, which a URL cannot hold: call the operation")
        }
        wire.method = "GET"
        wire.headers.remove("Content-Type")
        wire.query += formFields(wire.body).map { QueryItem($0.name, $0.value) }
        wire.body = []
    }
}
