import JSON

/// The clients for buckets that are in other regions than their own client.
struct BucketClients {
    /// More buckets than a program uses; beyond, all is learned anew.
    private static let most = 1_000
    private var clients: [String: AWSClient] = [:]

    subscript(bucket: String) -> AWSClient? {
        get { clients[bucket] }
        set {
            if clients.count >= Self.most { clients = [:] }
            clients[bucket] = newValue
        }
    }
}

extension AWSClient {
    /// Makes a call to S3 in the region of its bucket, which S3 has named for an earlier call or names for this one.
    ///
    /// - Parameter canRepeat: whether the call may be sent again to the region that S3 names.
    func inBucketRegion(
        _ input: JSONValue, canRepeat: Bool, _ call: (AWSClient) async throws -> AWSResult
    ) async throws -> AWSResult {
        // The name of an access point is an ARN, which names its region itself.
        guard let bucket = input["Bucket"]?.stringValue, !bucket.hasPrefix("arn:") else { return try await call(self) }
        do { return try await call(bucketClient(bucket) ?? self) } catch let error as AWSError {
            // The remembered region is an old one when the bucket was deleted and made again elsewhere.
            guard canRepeat, let region = error.bucketRegion else { throw error }
            let client = try inRegion(region)
            remember(client, for: bucket)
            var result = try await call(client)
            result.attempts += error.attempt
            return result
        }
    }
}

extension ServiceFault {
    /// The region to which S3 sends a call on; nil for any other error.
    func bucketRegion(_ operation: String, header: String?) -> String? {
        let isMoved =
            switch code {
            case "PermanentRedirect": true
            case "AuthorizationHeaderMalformed": error["Region"] != nil
            case "IllegalLocationConstraintException": operation != "CreateBucket"
            // The answer to HEAD has no document that would name the error.
            case "301", "400": operation == "HeadObject" || operation == "HeadBucket"
            default: [301, 302, 307].contains(status)
            }
        return isMoved ? header ?? error["Region"]?.stringValue : nil
    }
}
