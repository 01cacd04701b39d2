/// What concerns a whole service: endpoint, signing, protocol.
public struct ServiceMetadata: Sendable {
    /// The API's date, as in `2010-03-31`.
    public let apiVersion: String
    /// The first label of the service's host names, as in `monitoring` for CloudWatch.
    public let endpointPrefix: String
    /// The name that configuration uses, as in `CloudWatch` or `Secrets Manager`.
    public let serviceID: String
    /// The service name that goes into signatures.
    public let signingName: String
    /// The model's signature version: `v4`, or `s3` for S3's variant of it.
    public let signatureVersion: String
    /// The host of a service without regions, as in `sts.amazonaws.com`.
    public let globalEndpoint: String?
    /// How the service is spoken to.
    public let wireProtocol: WireProtocol
    /// `json` only: the version in the content type, `1.0` or `1.1`.
    public let jsonVersion: String
    /// `json` only: the part of `X-Amz-Target` before the operation.
    public let targetPrefix: String
    /// Whether the service spoke `query` before `json` and still tells the old error codes when asked.
    public let isQueryCompatible: Bool
}
