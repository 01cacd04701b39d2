import AWSPaginators
import AWSWaiters
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// Calls of each service on moto.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct MotoTests {
    func client(_ service: AWSService) throws -> AWSClient {
        let configuration = try AWSConfiguration(
            environment: MotoServer.shared.get().environment, http: Loop.http.get(), time: .live(Loop.shared.get())
        )
        return try AWSClient(service, configuration: configuration)
    }

    struct CreateTopic: Encodable {
        var name: String
        enum CodingKeys: String, CodingKey { case name = "Name" }
    }
    struct Topic: Decodable {
        var arn: String
        enum CodingKeys: String, CodingKey { case arn = "TopicArn" }
    }

    @Test func snsDeliversToSQS() async throws {
        let (sns, sqs) = (try client(.sns), try client(.sqs))
        let topic: Topic = try await sns.call("CreateTopic", CreateTopic(name: "aws-client"))
        let queue = try await sqs.call("CreateQueue", ["QueueName": "aws-client"])["QueueUrl"] ?? .null
        let attributes = try await sqs.call("GetQueueAttributes", ["QueueUrl": queue, "AttributeNames": ["QueueArn"]])
        let queueARN = try #require(attributes["Attributes"]?["QueueArn"])
        _ = try await sns.call(
            "Subscribe", ["TopicArn": .string(topic.arn), "Protocol": "sqs", "Endpoint": queueARN]
        )
        let result = try await sns.send("Publish", ["TopicArn": .string(topic.arn), "Message": "héllo ☃ &<>"])
        #expect(result.requestID != nil && result.attempts == 1)
        let received = try await sqs.call("ReceiveMessage", ["QueueUrl": queue])
        let body = try JSONValue(parsing: try #require(received["Messages"]?[0]?["Body"]?.stringValue))
        #expect(body["Message"] == "héllo ☃ &<>")
    }

    @Test func pagesFollowTheTokens() async throws {
        let ssm = try client(.ssm)
        for index in 0..<7 {
            _ = try await ssm.call(
                "PutParameter", ["Name": .string("/pages/\(index)"), "Value": "v", "Type": "String"]
            )
        }
        var sizes: [Int] = []
        var names: Set<String> = []
        for try await page in ssm.pages("GetParametersByPath", ["Path": "/pages", "MaxResults": 3]) {
            let parameters = page["Parameters"]?.arrayValue ?? []
            sizes.append(parameters.count)
            names.formUnion(parameters.compactMap { $0["Name"]?.stringValue })
        }
        #expect(sizes == [3, 3, 1] && names.count == 7)
    }

    @Test func dynamoDBKeepsNestedValuesAndChecksConditions() async throws {
        let dynamoDB = try client(.dynamoDB)
        _ = try await dynamoDB.call(
            "CreateTable",
            [
                "TableName": "aws-client", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
            ]
        )
        let item: JSONValue = [
            "id": ["S": "one"], "tree": ["L": [["M": ["leaf": ["B": "AP8="]]], ["BOOL": true], ["NULL": true]]],
        ]
        let put: JSONValue = [
            "TableName": "aws-client", "Item": item, "ConditionExpression": "attribute_not_exists(id)",
        ]
        _ = try await dynamoDB.call("PutItem", put)
        let read = try await dynamoDB.call("GetItem", ["TableName": "aws-client", "Key": ["id": ["S": "one"]]])
        #expect(read["Item"] == item)
        await #expect { try await dynamoDB.call("PutItem", put) } throws: {
            ($0 as? AWSError)?.code == "ConditionalCheckFailedException"
        }
    }

    @Test func cloudWatchTakesMetrics() async throws {
        let cloudWatch = try client(.cloudWatch)
        let data = (0..<200).map { index -> JSONValue in
            ["MetricName": .string("m\(index)"), "Value": 1.5, "Unit": "Count", "Timestamp": "2026-11-21T04:00:00Z"]
        }
        _ = try await cloudWatch.call("PutMetricData", ["Namespace": "AWSClient", "MetricData": .array(data)])
        var count = 0
        for try await page in cloudWatch.pages("ListMetrics", ["Namespace": "AWSClient"]) {
            count += page["Metrics"]?.arrayValue?.count ?? 0
        }
        #expect(count == 200)
    }

    @Test func s3KeepsAwkwardKeys() async throws {
        let s3 = try client(.s3)
        let bucket: JSONValue = "aws-client"
        _ = try await s3.call(
            "CreateBucket",
            ["Bucket": bucket, "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]]
        )
        let keys = ["plain", "with space", "a/b/c", "é☃", "plus+and~tilde", "percent%2Fsign", "question?mark#hash"]
        for key in keys {
            let input: JSONValue = ["Bucket": bucket, "Key": .string(key), "Metadata": ["note": "x  y"]]
            _ = try await s3.send("PutObject", input, body: .bytes(Array("body of \(key)".utf8)))
            let got = try await s3.send("GetObject", ["Bucket": bucket, "Key": .string(key)])
            #expect(String(decoding: got.body, as: UTF8.self) == "body of \(key)")
        }
        var listed: [String] = []
        for try await page in s3.pages("ListObjectsV2", ["Bucket": bucket, "MaxKeys": 3]) {
            listed += page["Contents"]?.arrayValue?.compactMap { $0["Key"]?.stringValue } ?? []
        }
        #expect(Set(listed) == Set(keys))
        let url = try await s3.presignedURL(
            "GetObject", ["Bucket": bucket, "Key": "é☃"], expires: .seconds(60)
        )
        let response = try await Loop.http.get().execute(HTTPRequest("GET", url))
        #expect(String(decoding: response.body, as: UTF8.self) == "body of é☃")
        let error = await #expect(throws: AWSError.self) {
            try await s3.call("GetObject", ["Bucket": bucket, "Key": "absent"])
        }
        #expect(error?.code == "NoSuchKey" && error?.status == 404)
    }

    /// The older list operation gives no marker of its own: the last key of a page is it.
    @Test func wholeResultsAndWaiters() async throws {
        let s3 = try client(.s3)
        let bucket: JSONValue = ["Bucket": "aws-client-pages"]
        #expect(try await s3.wait("bucket_not_exists", bucket) == .null)
        _ = try await s3.call(
            "CreateBucket",
            ["Bucket": "aws-client-pages", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        try await s3.wait("bucket_exists", bucket)
        for index in 0..<7 {
            _ = try await s3.send("PutObject", ["Bucket": "aws-client-pages", "Key": .string("key \(index)")])
        }
        let first = try await s3.fullResult("ListObjects", bucket, maximumItems: 5, pageSize: 2)
        let rest = try await s3.fullResult("ListObjects", bucket, pageSize: 2, startingToken: first.nextToken)
        let keys = [first, rest].map { $0.output["Contents"]?.arrayValue?.compactMap { $0["Key"]?.stringValue } ?? [] }
        #expect(keys == [(0..<5).map { "key \($0)" }, ["key 5", "key 6"]])
        #expect(rest.nextToken == nil)
        let error = await #expect(throws: AWSWaiterError.self) {
            try await s3.wait("bucket_not_exists", bucket, delay: .zero, maximumAttempts: 2)
        }
        #expect(error?.code == .tooManyAttempts)
    }

    @Test func s3UploadsInParts() async throws {
        let s3 = try client(.s3)
        let place: JSONObject = ["Bucket": "aws-client-parts", "Key": "large"]
        _ = try await s3.call(
            "CreateBucket",
            ["Bucket": "aws-client-parts", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]]
        )
        var upload = place
        upload["UploadId"] = try await s3.call("CreateMultipartUpload", .object(place))["UploadId"]
        let contents = [[UInt8](repeating: 1, count: 5 << 20), [UInt8](repeating: 2, count: 1000)]
        var parts: [JSONValue] = []
        for (index, content) in contents.enumerated() {
            var input = upload
            input["PartNumber"] = JSONValue(index + 1)
            let part = try await s3.send("UploadPart", .object(input), body: .bytes(content))
            parts.append(["PartNumber": JSONValue(index + 1), "ETag": part.output["ETag"] ?? .null])
        }
        upload["MultipartUpload"] = ["Parts": .array(parts)]
        _ = try await s3.call("CompleteMultipartUpload", .object(upload))
        let got = try await s3.send("GetObject", .object(place))
        #expect(got.body == contents[0] + contents[1])
    }

    @Test func s3TakesStreams() async throws {
        let s3 = try client(.s3)
        _ = try await s3.call(
            "CreateBucket",
            ["Bucket": "aws-client-stream", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]]
        )
        let pieces = Pieces([Array("one ".utf8), Array("two".utf8)])
        let input: JSONValue = ["Bucket": "aws-client-stream", "Key": "k"]
        _ = try await s3.send("PutObject", input, body: .stream(length: 7) { await pieces.next() })
        #expect(try await s3.send("GetObject", input).body == Array("one two".utf8))
    }

    actor Pieces {
        private var left: [[UInt8]]
        init(_ pieces: [[UInt8]]) { left = pieces }
        func next() -> [UInt8]? { left.isEmpty ? nil : left.removeFirst() }
    }

    @Test func secretsAndKeys() async throws {
        let (secrets, kms, sts) = (try client(.secretsManager), try client(.kms), try client(.sts))
        _ = try await secrets.call("CreateSecret", ["Name": "aws-client", "SecretString": "s3cret"])
        #expect(try await secrets.call("GetSecretValue", ["SecretId": "aws-client"])["SecretString"] == "s3cret")
        let key = try await kms.call("CreateKey")["KeyMetadata"]?["KeyId"] ?? .null
        let sealed = try await kms.call("Encrypt", ["KeyId": key, "Plaintext": "aGVsbG8="])
        let opened = try await kms.call("Decrypt", ["CiphertextBlob": sealed["CiphertextBlob"] ?? .null])
        #expect(opened["Plaintext"] == "aGVsbG8=")
        #expect(try await sts.call("GetCallerIdentity")["Account"] == "123456789012")
    }
}
