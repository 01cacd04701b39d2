/// What the permissions of S3 can be limited to.
extension PolicyResources {
    static let s3: [String: [Kind]] = [:]
}
