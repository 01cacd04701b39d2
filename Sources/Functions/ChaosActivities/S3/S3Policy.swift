/// What the permissions of S3 can be limited to.
extension PolicyResources {
    private static let bucket = Kind(
        targets: ["s3:bucket", "s3:object"], service: "s3", scope: .global, hasTags: false
    ) { id in
        String(id.prefix { $0 != "/" })
    }
    private static let object = Kind(targets: ["s3:object"], service: "s3", scope: .global, hasTags: false) { id in
        id == "*" ? "*/*" : id
    }

    static let s3: [String: [Kind]] = [
        "s3:PutObject": [object],
        "s3:GetBucketVersioning": [bucket], "s3:PutBucketVersioning": [bucket], "s3:GetBucketTagging": [bucket],
        "s3:ListBucket": [bucket], "s3:ListBucketVersions": [bucket], "s3:GetObjectVersionTagging": [object],
        "s3:DeleteObject": [object], "s3:DeleteObjectVersion": [object],
        "s3:GetObject": [object], "s3:GetObjectVersion": [object], "s3:GetObjectTagging": [object],
    ]
}
