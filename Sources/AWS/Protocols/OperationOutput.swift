public import JSON
public import Transport

/// What an operation gave, in boto3's shapes.
///
/// Timestamps are ISO 8601 strings in UTC, blobs base64 strings. Members absent from the response are absent here.
public struct OperationOutput: Sendable {
    /// The modelled members.
    public var value: JSONObject = [:]
    /// The raw body of an operation with a streaming output, which `value` leaves out.
    public var payload: [UInt8]?
    /// The service's id of the request.
    public var requestID: String?
    /// The HTTP status.
    public var status: Int
    /// The response's headers.
    public var headers: HTTPHeaders

    /// S3's second id, which its support asks for.
    public var hostID: String? { headers["x-amz-id-2"] }

    init(_ response: WireResponse) {
        status = response.status
        headers = response.headers
    }

    /// boto3's `ResponseMetadata`: `RequestId`, `HostId`, `HTTPStatusCode`, `HTTPHeaders` with names in lower case.
    public var metadata: JSONObject {
        var metadata: JSONObject = [:]
        metadata["RequestId"] = requestID.map(JSONValue.string)
        metadata["HostId"] = hostID.map(JSONValue.string)
        metadata["HTTPStatusCode"] = JSONValue(status)
        metadata["HTTPHeaders"] = .object(JSONObject(headers.map { ($0.name.lowercased(), .string($0.value)) }))
        return metadata
    }
}
