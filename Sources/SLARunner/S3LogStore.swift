public import AWS
import JSON
import Transport

/// Stores the output of runs as objects of an S3 bucket, encrypted by S3's own keys.
public struct S3LogStore: LogStoring {
    private let bucket: String
    private let s3: AWSClient

    /// Makes a store for a bucket.
    /// - Throws: `AWSError` when the configuration has no region.
    public init(bucket: String, aws: AWSConfiguration) throws {
        self.bucket = bucket
        self.s3 = try AWSClient(.s3, configuration: aws)
    }

    /// Stores a log, in parts when it is bigger than one piece.
    public func store(_ log: OutputLog, key: String) async throws {
        if log.pieceCount == 1 {
            _ = try await s3.send("PutObject", create(key), body: .bytes(log.piece(0)))
        } else {
            try await storeInParts(log, key)
        }
    }

    private func storeInParts(_ log: OutputLog, _ key: String) async throws {
        let upload = try await s3.call("CreateMultipartUpload", create(key))
        guard let uploadID = upload["UploadId"] else {
            throw SLARunnerError(.unexpectedAnswer, "S3 CreateMultipartUpload named no upload")
        }
        let target: JSONObject = ["Bucket": .string(bucket), "Key": .string(key), "UploadId": uploadID]
        do {
            var parts: [JSONValue] = []
            for index in 0..<log.pieceCount {
                var input = target
                input["PartNumber"] = JSONValue(index + 1)
                let part = try await s3.send("UploadPart", .object(input), body: .bytes(log.piece(index)))
                parts.append(["PartNumber": JSONValue(index + 1), "ETag": part.output["ETag"] ?? .null])
            }
            var input = target
            input["MultipartUpload"] = ["Parts": .array(parts)]
            _ = try await s3.call("CompleteMultipartUpload", .object(input))
        } catch {
            // Parts without an object cost money for ever.
            _ = try? await s3.call("AbortMultipartUpload", .object(target))
            throw error
        }
    }

    private func create(_ key: String) -> JSONValue {
        [
            "Bucket": .string(bucket), "Key": .string(key), "ServerSideEncryption": "AES256",
            "ContentType": "text/plain; charset=utf-8",
        ]
    }
}
