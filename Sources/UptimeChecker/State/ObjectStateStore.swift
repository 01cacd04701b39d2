import AWS
import JSON
import Transport

/// Keeps the state in one object of S3, which is written only if nobody else has written it since it was read.
struct ObjectStateStore: StateStore {
    private let client: AWSClient
    private let bucket: String
    private let key: String

    init(bucket: String, key: String, aws: AWSConfiguration) throws(AWSError) {
        client = try AWSClient(.s3, configuration: aws)
        (self.bucket, self.key) = (bucket, key)
    }

    func load(until deadline: Timestamp) async throws -> StateSnapshot {
        do {
            let result = try await client.send(
                "GetObject", ["Bucket": .string(bucket), "Key": .string(key)], deadline: deadline
            )
            return StateSnapshot(parsing: result.body, revision: result.output["ETag"]?.stringValue)
        } catch let error as AWSError where error.code == "NoSuchKey" {
            return StateSnapshot()
        } catch var error as AWSError where error.status == 403 {
            error.message += " (an object that is not there yet is refused like this without s3:ListBucket)"
            throw error
        }
    }

    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) async throws -> Bool {
        var input: JSONObject = [
            "Bucket": .string(bucket), "Key": .string(key), "ContentType": "application/json",
        ]
        if let revision = snapshot.revision {
            input["IfMatch"] = .string(revision)
        } else {
            input["IfNoneMatch"] = "*"
        }
        do {
            let body = HTTPBody.bytes(snapshot.applying(changes).json.serialized())
            _ = try await client.send("PutObject", .object(input), body: body, deadline: deadline)
            return true
        } catch let error as AWSError where error.status == 412 || error.status == 409 {
            return false
        }
    }
}
