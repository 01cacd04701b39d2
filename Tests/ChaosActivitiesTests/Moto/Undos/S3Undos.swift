import JSON

extension MotoTests.UndoTests {
    static let s3: [Case] = [
        versioning("kept"), versioning("paused"), versioning("plain"), versioning("paused", "Enabled"),
        // The bucket that keeps versions gets the object back.
        Case(
            setup: "buckets", function: "s3.actions.delete_object",
            arguments: ["bucket_name": "kept", "object_key": "a/b c.txt"],
            removal: (
                "s3", "delete_object", ["Bucket": "kept", "Key": "a/b c.txt", "VersionId": "<version>"]
            )),
    ]

    private static func versioning(_ bucket: String, _ status: String? = nil) -> Case {
        var arguments: JSONObject = ["bucket_name": .string(bucket)]
        arguments["status"] = status.map { .string($0) }
        // A bucket must be empty to be deleted; only this one is.
        let removal: (String, String, JSONValue)? =
            bucket == "paused" ? ("s3", "delete_bucket", ["Bucket": .string(bucket)]) : nil
        return Case(
            setup: "buckets", function: "s3.actions.toggle_versioning", arguments: .object(arguments), removal: removal)
    }
}
