import AWS
import Basics
import Experiments
import JSON

/// The buckets of the account.
enum S3Buckets {
    /// Whether the account has the bucket that the arguments name.
    static func exists(_ invocation: NativeActivity.Invocation, _ client: ActivityClient) async throws -> Bool {
        let name = invocation.argument("bucket_name")
        return try await client.items("ListBuckets").contains { $0["Name"] == name }
    }

    /// Makes sure that the account has the bucket.
    static func require(_ invocation: NativeActivity.Invocation, _ client: ActivityClient) async throws {
        guard try await exists(invocation, client) else {
            throw ExperimentError.failedActivity(
                "Bucket \"\(invocation.argument("bucket_name").pythonText)\" does not exist!")
        }
    }
}

/// Deletes objects and brings them back.
enum S3Objects {
    /// Errors that tell of an object, version or bucket that does not exist; a `HEAD` has only the status.
    private static let absence: Set<String> = [
        "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed", "404", "405",
    ]

    /// The object that the arguments name, whether it exists or not: S3 also deletes what does not exist.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.s3)
        try await S3Buckets.require(invocation, client)
        let tags = try await existing(absence) {
            try await client.call("GetObjectTagging", input(invocation))["TagSet"]?.tags
        }
        let (bucket, key) = (invocation.argument("bucket_name"), invocation.argument("object_key"))
        return [
            NativeActivity.Target(
                kind: "s3:object", id: "\(bucket.pythonText)/\(key.pythonText)", region: client.region,
                tags: (tags ?? nil) ?? [:])
        ]
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        _ = try await invocation.client(.s3).call("DeleteObject", input(invocation))
        return .null
    }

    @Sendable static func exists(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.s3)
        try await S3Buckets.require(invocation, client)
        do {
            // Without the content, which chaosaws asks for. It takes every error for an absence, also a denial.
            _ = try await client.call("HeadObject", input(invocation))
            return true
        } catch let error as AWSFailure {
            // S3 refuses the form of an id that is none of its own.
            let isNoVersion = error.code == "400" && invocation.given("version_id") != nil
            guard absence.contains(error.code) || isNoVersion else { throw error }
            return false
        }
    }

    private static func input(_ invocation: NativeActivity.Invocation) -> JSONObject {
        var input: JSONObject = [
            "Bucket": invocation.argument("bucket_name"), "Key": invocation.argument("object_key"),
        ]
        input["VersionId"] = invocation.given("version_id")
        return input
    }
}

extension S3Objects {
    /// Removes the delete marker that took the object away.
    ///
    /// Only a bucket that keeps versions has one. A version that is deleted by its id, and an object without versions,
    /// are gone for good.
    static let bringBack = NativeActivity.Undo(
        "removes the delete marker, where the bucket keeps versions",
        calls: [.read("s3:ListBucketVersions"), .change("s3:DeleteObjectVersion")],
        capture: { invocation, _ in
            let latest = try await latest(invocation)
            return ["version": latest?.version?["VersionId"] ?? .null]
        },
        check: { invocation, target, before in
            guard invocation.given("version_id") == nil else {
                return .nothingLeft("a version that is deleted by its id is gone for good")
            }
            guard let old = before["version"], !old.isNull else {
                return .nothingLeft("there was no object \(target.id) before")
            }
            guard let now = try await latest(invocation) else {
                return .nothingLeft("the object \(target.id) is gone for good: the bucket keeps no versions")
            }
            if now.version?["VersionId"] == old { return .restored }
            guard now.marker != nil else { return .nothingLeft("others have written \(target.id) anew") }
            return now.hasVersion(old)
                ? .stillBroken("the object \(target.id) is hidden by a delete marker")
                : .nothingLeft("the version of \(target.id) that was there before is gone for good")
        },
        restore: { invocation, _, before in
            guard invocation.given("version_id") == nil, let old = before["version"], !old.isNull else { return }
            // An action that ran twice has left two markers.
            while let now = try await latest(invocation), let marker = now.marker, now.hasVersion(old) {
                var input = input(invocation)
                input["VersionId"] = marker["VersionId"]
                _ = try await invocation.client(.s3).call("DeleteObject", input)
            }
        })

    /// What a bucket has of an object.
    private struct Versions {
        /// The version that readers see; nil when it is deleted.
        var version: JSONValue?
        /// The marker that hides the versions; nil when the object is there.
        var marker: JSONValue?
        var all: [JSONValue]

        func hasVersion(_ id: JSONValue) -> Bool { all.contains { $0["VersionId"] == id } }
    }

    /// The versions of the object; nil when there are none.
    private static func latest(_ invocation: NativeActivity.Invocation) async throws -> Versions? {
        let client = try invocation.client(.s3)
        let key = invocation.argument("object_key")
        var input: JSONObject = ["Bucket": invocation.argument("bucket_name"), "Prefix": key]
        var (versions, markers): ([JSONValue], [JSONValue]) = ([], [])
        while true {
            guard
                let page = try await existing(absence, { try await client.call("ListObjectVersions", input) })
            else { return nil }
            // The prefix also fits longer keys, which come after it.
            versions += (page["Versions"]?.elements ?? []).filter { $0["Key"] == key }
            markers += (page["DeleteMarkers"]?.elements ?? []).filter { $0["Key"] == key }
            guard page["IsTruncated"] == true, page["NextKeyMarker"] == key else { break }
            input["KeyMarker"] = page["NextKeyMarker"]
            input["VersionIdMarker"] = page["NextVersionIdMarker"]
        }
        guard !versions.isEmpty || !markers.isEmpty else { return nil }
        return Versions(
            version: versions.first { $0["IsLatest"] == true }, marker: markers.first { $0["IsLatest"] == true },
            all: versions)
    }
}
