public import JSON
internal import Synchronization
public import Transport

/// A client of one AWS service, driven by the service's model: any operation in the model can be called by name.
///
/// Inputs and outputs have boto3's shapes; timestamps are ISO 8601 strings and blobs base64 strings. Failed attempts
/// are repeated as AWS's standard retry mode has it. Safe to use from many tasks.
public final class AWSClient: Sendable {
    /// What the calls of one client share.
    struct State {
        var quota = RetryQuota()
        /// What this machine's clock is off by, once a service has complained.
        var clockSkew = Duration.zero
    }

    let service: AWSService
    let configuration: AWSConfiguration
    let model: ServiceModel
    let resolver: EndpointResolver
    let signer: RequestSigner
    let state = Mutex(State())

    /// - Throws: `AWSError` with `invalidConfiguration` when the settings give no endpoint.
    public init(_ service: AWSService, configuration: AWSConfiguration) throws(AWSError) {
        self.service = service
        self.configuration = configuration
        model = try service.model()
        resolver = try EndpointResolver(model.metadata, region: configuration.region, settings: configuration.settings)
        signer = RequestSigner(service: model.metadata.signingName)
    }

    /// Calls an operation: `call("Publish", ["TopicArn": …, "Message": …])`.
    /// - Parameter deadline: no attempt starts after it and none lasts beyond it.
    /// - Returns: the operation's output.
    /// - Throws: `AWSError`, or `CancellationError`.
    public func call(
        _ operation: String, _ input: JSONValue = [:], deadline: Timestamp? = nil
    ) async throws -> JSONValue {
        try await send(operation, input, deadline: deadline).output
    }

    /// Calls an operation with types that name only the members they use.
    /// - Throws: as above; an output that does not fit the type is `invalidResponse`.
    public func call<Input: Encodable & Sendable, Output: Decodable & Sendable>(
        _ operation: String, _ input: Input, as type: Output.Type = Output.self, deadline: Timestamp? = nil
    ) async throws -> Output {
        try await describingErrors(of: operation) {
            let value: JSONValue
            do throws(JSONError) { value = try JSONEncoder().encodeToValue(input) } catch {
                throw AWSError(.invalidParameter, "\(error)", underlying: error)
            }
            let output = try await call(operation, value, deadline: deadline)
            do throws(JSONError) { return try JSONDecoder().decode(type, from: output) } catch {
                throw AWSError(.invalidResponse, "\(error)", underlying: error)
            }
        }
    }

    /// Calls an operation and returns the response's particulars too.
    /// - Parameters:
    ///   - body: the payload of an operation that takes one (`PutObject`, `UploadPart`), which the input then leaves
    ///     out. A stream needs a length, is not signed, and cannot be retried.
    ///   - maximumResponseBytes: a larger response is an error.
    /// - Throws: as above, and what the body's stream throws.
    public func send(
        _ operation: String, _ input: JSONValue = [:], body: HTTPBody = .none, deadline: Timestamp? = nil,
        maximumResponseBytes: Int = 16 << 20
    ) async throws -> AWSResult {
        try await describingErrors(of: operation) {
            try await perform(prepare(operation, input, body, maximumResponseBytes), deadline: deadline)
        }
    }

    /// Adds to errors what the place of failure does not know.
    func describingErrors<R: Sendable>(of operation: String, _ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch var error as AWSError {
            error.service = service.name
            error.operation = operation
            error.region = configuration.region
            throw error
        }
    }
}
