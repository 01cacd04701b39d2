public import JSON
public import Transport

/// What a service answered.
public struct AWSResult: Sendable {
    /// The operation's output in boto3's shape, without `ResponseMetadata`.
    ///
    /// Values have the form in which Chaos Toolkit writes boto3's to a journal:
    /// - timestamps as `2026-11-21T03:42:00+00:00`, with six fraction digits where the fraction is not zero. They are
    ///   always in UTC; boto3 gives some in the time zone of its machine.
    /// - blobs in base64, and a document as JSON. Chaos Toolkit cannot write bytes: it dies and leaves half a journal.
    /// - `1.0` where the service's model or answer has a fraction, `1` where it has an integer. DynamoDB's numbers are
    ///   strings, as in boto3's client.
    /// - members that the answer lacks are absent; empty lists are there when the service sent them.
    public let output: JSONValue
    /// The raw payload of an operation whose output streams (`GetObject`), or of a call that keeps it; empty otherwise.
    public let body: [UInt8]
    /// The HTTP status, 200 to 300.
    public let status: Int
    /// The response's headers.
    public let headers: HTTPHeaders
    /// The service's request id, for AWS's support; `nil` when the response has none.
    public let requestID: String?
    /// How many attempts the call took, from 1.
    public internal(set) var attempts: Int
    private let checksumAlgorithm: String?

    init(_ output: OperationOutput, attempts: Int) {
        self.output = .object(output.value)
        body = output.payload ?? []
        status = output.status
        headers = output.headers
        requestID = output.requestID
        checksumAlgorithm = output.checksumAlgorithm
        self.attempts = attempts
    }

    /// The output with boto3's `ResponseMetadata`: what a method of boto3's client returns.
    ///
    /// A raw payload, which is a stream there, is left out.
    public var outputWithMetadata: JSONValue {
        var metadata = responseMetadata(requestID, status, headers)
        metadata["ChecksumAlgorithm"] = checksumAlgorithm.map(JSONValue.string)
        metadata["RetryAttempts"] = JSONValue(attempts - 1)
        var members = output.objectValue ?? [:]
        members["ResponseMetadata"] = .object(metadata)
        return .object(members)
    }
}

extension OperationOutput {
    /// boto3's `ResponseMetadata` before it knows of attempts.
    var metadata: JSONObject { responseMetadata(requestID, status, headers) }
}

/// `RequestId`, `HostId` (S3's second id), `HTTPStatusCode`, and `HTTPHeaders` with names in lower case.
private func responseMetadata(_ requestID: String?, _ status: Int, _ headers: HTTPHeaders) -> JSONObject {
    var metadata: JSONObject = [:]
    metadata["RequestId"] = requestID.map(JSONValue.string)
    metadata["HostId"] = headers["x-amz-id-2"].map(JSONValue.string)
    metadata["HTTPStatusCode"] = JSONValue(status)
    var fields: JSONObject = [:]
    for header in headers {
        let name = header.name.lowercased()
        fields[name] = .string((fields[name]?.stringValue.map { $0 + ", " } ?? "") + header.value)
    }
    metadata["HTTPHeaders"] = .object(fields)
    return metadata
}
