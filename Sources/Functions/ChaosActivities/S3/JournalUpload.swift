import AWS
import Basics
import Experiments
import JSON
import Transport
import YAML

extension ChaosActivities {
    /// The control `chaosaws.s3.controls.upload`.
    ///
    /// The journal is the one of the end of the run, after its rollbacks, with secrets masked.
    static var journalUpload: NativeActivity {
        .aws(
            "chaosaws.s3.controls.upload", "after_experiment_control", .action,
            "Uploads the journal of a run to a bucket: <dirpath>/journal.json, or with the time and as YAML.",
            arguments: [
                .init("bucket_name", .text), .init("dirpath", .text), .init("context", .any, .null),
                .init("state", .any, .null), .init("as_yaml", .flag, false),
                .init("suffix_with_timestamp", .flag, false),
            ], calls: [.read("s3:ListAllMyBuckets"), .change("s3:PutObject")]
        ) { invocation, _ in
            let client = try invocation.client(.s3)
            let bucket = invocation.argument("bucket_name").pythonText
            guard try await S3Buckets.exists(invocation, client) else {
                throw ExperimentError.failedActivity(
                    "Bucket '\(bucket)' does not exist! Cannot upload the experiment's results")
            }
            let key = key(invocation)
            // chaosaws has the folder twice in it.
            let url = "https://\(bucket).s3.\(client.region).amazonaws.com/\(key)"
            var journal = invocation.argument("state").objectValue ?? [:]
            var extra = journal["extra"]?.objectValue ?? [:]
            extra["journal"] = ["url": .string(url)]
            journal["extra"] = .object(extra)
            let isYAML = invocation.given("as_yaml") != nil
            let content =
                isYAML
                ? Array(JSONValue.object(journal).yaml.utf8) : JSONValue.object(journal).serialized(.pretty)
            _ = try await client.result(
                "PutObject",
                [
                    "Bucket": .string(bucket), "Key": .string(key),
                    "ContentType": isYAML ? "application/yaml" : "application/json",
                ], body: .bytes(content))
            return ["extra": .object(extra)]
        }
    }

    /// The key of chaosaws, its colons and signs included.
    private static func key(_ invocation: NativeActivity.Invocation) -> String {
        var folder = invocation.argument("dirpath").pythonText[...]
        while folder.last == "/" { folder.removeLast() }
        let time = invocation.time.now()
        let digits = time.microseconds % 1_000_000 == 0 ? 0 : 6
        let suffix =
            invocation.given("suffix_with_timestamp") == nil
            ? "" : "-\(time.iso8601(fractionDigits: digits).dropLast())+00:00"
        return "\(folder)/journal\(suffix).\(invocation.given("as_yaml") == nil ? "json" : "yaml")"
    }
}
