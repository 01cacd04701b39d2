import AWS
import Basics
import Experiments
import JSON

/// Enables and suspends the versioning of buckets.
enum S3Versioning {
    /// The bucket that the arguments name, and its tags.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.s3)
        try await S3Buckets.require(invocation, client)
        let name = invocation.argument("bucket_name")
        let tags = try await existing(["NoSuchTagSet", "NoSuchBucket"]) {
            try await client.call("GetBucketTagging", ["Bucket": name])["TagSet"]?.tags
        }
        return [
            NativeActivity.Target(
                kind: "s3:bucket", id: name.pythonText, region: client.region, tags: (tags ?? nil) ?? [:])
        ]
    }

    @Sendable static func toggle(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let bucket = try firstTarget(of: targets).id
        let client = try invocation.client(.s3)
        let now = try await client.call("GetBucketVersioning", ["Bucket": .string(bucket)])
        var versioning: JSONObject = [
            "Status": invocation.given("status") ?? (status(now) == "Suspended" ? "Enabled" : "Suspended")
        ]
        versioning["MFADelete"] = invocation.given("mfa_delete")
        var input: JSONObject = ["Bucket": .string(bucket), "VersioningConfiguration": .object(versioning)]
        input["MFA"] = invocation.given("mfa")
        input["ExpectedBucketOwner"] = invocation.given("owner")
        _ = try await client.call("PutBucketVersioning", input)
        return .null
    }

    @Sendable static func probe(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let wanted = invocation.argument("status")
        guard wanted == "Enabled" || wanted == "Suspended" else {
            throw ExperimentError.failedActivity("Parameter \"status\" not one of \"Enabled\" or \"Suspended\"")
        }
        let client = try invocation.client(.s3)
        try await S3Buckets.require(invocation, client)
        let now = try await client.call("GetBucketVersioning", ["Bucket": invocation.argument("bucket_name")])
        return .bool(status(now) == wanted)
    }

    /// A bucket that never had versions counts as suspended; S3 lets none go back to that.
    private static func status(_ versioning: JSONValue) -> JSONValue { versioning["Status"] ?? "Suspended" }

    /// Sets the old status; MFA delete can be changed with a new code of the device only.
    static let resetStatus = NativeActivity.Undo(
        "sets the versioning status that the bucket had",
        calls: [.read("s3:GetBucketVersioning"), .change("s3:PutBucketVersioning")],
        capture: { invocation, target in
            guard let now = try await find(target, invocation) else { return [:] }
            return ["status": status(now), "mfaDelete": now["MFADelete"] ?? "Disabled"]
        },
        check: { invocation, target, before in
            guard let now = try await find(target, invocation) else {
                return .nothingLeft("the bucket \(target.id) does not exist any more")
            }
            let (old, oldMFA) = (before["status"] ?? .null, before["mfaDelete"] ?? .null)
            guard status(now) == old else {
                return .stillBroken(
                    "the versioning of \(target.id) is \(status(now).pythonText), it was \(old.pythonText)")
            }
            return (now["MFADelete"] ?? "Disabled") == oldMFA
                ? .restored
                : .stillBroken(
                    "MFA delete of \(target.id) was \(oldMFA.pythonText): change it back with a code of the device")
        },
        restore: { invocation, target, before in
            guard let old = before["status"], let now = try await find(target, invocation), status(now) != old
            else { return }
            _ = try await invocation.client(.s3).call(
                "PutBucketVersioning",
                ["Bucket": .string(target.id), "VersioningConfiguration": ["Status": old]])
        })

    /// The versioning of a bucket; nil when it was deleted.
    private static func find(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue? {
        let client = try invocation.client(.s3)
        return try await existing(["NoSuchBucket"]) {
            try await client.call("GetBucketVersioning", ["Bucket": .string(target.id)])
        }
    }
}
