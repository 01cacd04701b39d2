import JSON

extension MotoTests.ChaosawsTests {
    private static let there: JSONObject = ["bucket_name": "kept", "object_key": "a/b c.txt"]

    private static func object(_ more: JSONObject) -> JSONValue {
        var arguments = there
        for (key, value) in more { arguments[key] = value }
        return .object(arguments)
    }

    static let s3: [Case] =
        [
            object([:]), object(["version_id": "<version>"]), object(["bucket_name": "plain"]),
            object(["object_key": "none"]), object(["bucket_name": "nope"]),
        ].map { Case("buckets", "s3.actions.delete_object", $0) }
        + [
            ["bucket_name": "plain"], ["bucket_name": "kept"], ["bucket_name": "paused"],
            ["bucket_name": "kept", "status": "Enabled"], ["bucket_name": "kept", "status": "Suspended"],
            ["bucket_name": "plain", "status": "Enabled", "owner": "123456789012"], ["bucket_name": "nope"],
            ["bucket_name": "plain", "status": "Off"],
        ].map { Case("buckets", "s3.actions.toggle_versioning", $0) }
        + ["plain", "nope", "plai"].map { Case("buckets", "s3.probes.bucket_exists", ["bucket_name": $0]) }
        + [
            object([:]), object(["version_id": "<version>"]), object(["object_key": "a/b"]),
            object(["bucket_name": "nope"]), object(["version_id": "00000000-0000-0000-0000-000000000000"]),
        ].map { Case("buckets", "s3.probes.object_exists", $0) }
        + [
            ["bucket_name": "plain", "status": "Suspended"], ["bucket_name": "kept", "status": "Suspended"],
            ["bucket_name": "kept", "status": "Enabled"], ["bucket_name": "kept", "status": "enabled"],
            ["bucket_name": "nope", "status": "Enabled"],
        ].map { Case("buckets", "s3.probes.versioning_status", $0) }
}
