import JSON

/// Makes a call to S3 in the region of its bucket, which S3 has named for an earlier call or names for this one.
@Sendable func sendToRegionOfBucket(
    _ client: AWSClient, _ input: JSONValue, _ canRepeat: Bool,
    _ call: @Sendable (AWSClient) async throws -> AWSResult
) async throws -> AWSResult {
    // The name of an access point is an ARN, which names its region itself.
    guard let bucket = input["Bucket"]?.stringValue, !bucket.hasPrefix("arn:") else { return try await call(client) }
    let first = try client.bucketRegion(bucket).map { try client.inRegion($0) } ?? client
    do { return try await call(first) } catch let error as AWSError {
        // The remembered region is an old one when the bucket was deleted and made again elsewhere.
        guard canRepeat, let region = error.bucketRegion else { throw error }
        client.remember(region: region, of: bucket)
        var result = try await call(client.inRegion(region))
        result.attempts += error.attempt
        return result
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
