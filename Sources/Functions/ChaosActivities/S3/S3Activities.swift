import AWS
import Experiments
import JSON

/// The actions and probes of `chaosaws.s3`.
extension ChaosActivities {
    static var s3: [NativeActivity] {
        let (actions, probes) = ("chaosaws.s3.actions", "chaosaws.s3.probes")
        let bucket = NativeActivity.Argument("bucket_name", .text)
        let object: [NativeActivity.Argument] = [
            bucket, .init("object_key", .text), .init("version_id", .text, .null),
        ]
        return [
            .aws(
                actions, "delete_object", .action,
                "Deletes an object, or one version of it; where the bucket keeps versions the object can come back.",
                arguments: object,
                calls: [
                    .read("s3:ListAllMyBuckets"), .read("s3:ListBucket"), .read("s3:GetObjectTagging"),
                    .read("s3:GetObjectVersionTagging"), .change("s3:DeleteObject"),
                    .change("s3:DeleteObjectVersion"),
                ],
                choice: "the object that is named", targets: S3Objects.targets, undo: S3Objects.bringBack,
                run: S3Objects.delete),
            .aws(
                actions, "toggle_versioning", .action,
                "Enables or suspends the versioning of a bucket; without a status it does the other of the two.",
                arguments: [
                    bucket, .init("mfa_delete", .text, .null), .init("status", .text, .null),
                    .init("mfa", .text, .null), .init("owner", .text, .null),
                ],
                calls: [
                    .read("s3:ListAllMyBuckets"), .read("s3:GetBucketTagging"), .read("s3:GetBucketVersioning"),
                    .change("s3:PutBucketVersioning"),
                ],
                choice: "the bucket that is named", targets: S3Versioning.targets, undo: S3Versioning.resetStatus,
                run: S3Versioning.toggle),
            .aws(
                probes, "bucket_exists", .probe, "Whether the account has a bucket.", arguments: [bucket],
                calls: [.read("s3:ListAllMyBuckets")]
            ) { invocation, _ in
                .bool(try await S3Buckets.exists(invocation, invocation.client(.s3)))
            },
            .aws(
                probes, "object_exists", .probe, "Whether a bucket has an object, or a version of it.",
                arguments: object,
                calls: [
                    // Without the permission to list a bucket S3 denies what does not exist.
                    .read("s3:ListAllMyBuckets"), .read("s3:ListBucket"), .read("s3:GetObject"),
                    .read("s3:GetObjectVersion"),
                ], run: S3Objects.exists),
            .aws(
                probes, "versioning_status", .probe,
                "Whether a bucket's versioning is Enabled or Suspended, as status says.",
                arguments: [bucket, .init("status", .text)],
                calls: [.read("s3:ListAllMyBuckets"), .read("s3:GetBucketVersioning")], run: S3Versioning.probe),
        ]
    }
}
