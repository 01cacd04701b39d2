public import JSON
public import Transport

/// What a service answered.
public struct AWSResult: Sendable {
    /// The operation's output in the service's shape, as boto3 gives it without `ResponseMetadata`.
    public let output: JSONValue
    /// The raw payload of an operation whose output streams (`GetObject`); empty otherwise.
    public let body: [UInt8]
    /// The HTTP status.
    public let status: Int
    /// The response's headers.
    public let headers: HTTPHeaders
    /// The service's request id.
    public let requestID: String?
    /// How many attempts it took, from 1.
    public let attempts: Int
}
