public import JSON

/// A service's refusal, as its protocol words it.
public struct ServiceFault: Error, Sendable {
    /// The error code without namespace: `NoSuchBucket`, or the status when the response names none.
    public var code: String
    /// The service's words; empty when it gave none.
    public var message: String
    /// The HTTP status; 500 for an error that S3 sent with a 200.
    public var status: Int
    /// The service's id of the request.
    public var requestID: String?
    /// All of boto3's `Error`: `Code`, `Message`, and what else the service tells (`Type`, `BucketName`).
    public var error: JSONObject
    /// The members of the error's own shape, when its code is in the model.
    public var members: JSONObject = [:]
}
