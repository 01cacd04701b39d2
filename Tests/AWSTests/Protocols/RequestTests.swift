import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// What is not compared with botocore: checksums, compression, numbers that JSON does not have, and S3's checks.
struct RequestTests {
    private func request(_ service: TestModel, _ operation: String, _ input: JSONValue) throws -> WireRequest {
        try service.model().operation(operation).request(input) { "token" }
    }

    @Test(
        "adds the checksum that is asked for",
        arguments: [
            (nil, "x-amz-checksum-crc32", "y/Q5Jg=="), ("CRC32", "x-amz-checksum-crc32", "y/Q5Jg=="),
            ("CRC32C", "x-amz-checksum-crc32c", "4waSgw=="),
            ("SHA1", "x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            ("SHA256", "x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
            (
                "SHA512", "x-amz-checksum-sha512",
                "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ=="
            ),
        ] as [(String?, String, String)])
    func addsChecksum(algorithm: String?, header: String, checksum: String) throws {
        let operation = try TestModel.s3.model().operation("PutObject")
        var input: JSONValue = ["Bucket": "bucket", "Key": "key"]
        if let algorithm { input = ["Bucket": "bucket", "Key": "key", "ChecksumAlgorithm": .string(algorithm)] }
        var request = try operation.request(input, payload: Array("123456789".utf8)) { "token" }
        try request.addChecksum(for: operation, input)
        #expect(request.headers[header] == checksum)
        #expect(request.headers["x-amz-sdk-checksum-algorithm"] == algorithm ?? "CRC32")
    }

    @Test("adds no checksum to one of the caller's, nor to an operation that needs none")
    func leavesChecksum() throws {
        let model = try TestModel.s3.model()
        let put = try model.operation("PutObject")
        let input: JSONValue = ["Bucket": "bucket", "Key": "key", "ChecksumSHA256": "given"]
        var request = try put.request(input, payload: [1]) { "token" }
        try request.addChecksum(for: put, input)
        #expect(request.headers["x-amz-checksum-sha256"] == "given")
        #expect(request.headers["x-amz-checksum-crc32"] == nil)

        let list = try model.operation("ListBuckets")
        var listing = try list.request([:]) { "token" }
        try listing.addChecksum(for: list, [:])
        #expect(listing.headers.isEmpty)
    }

    @Test(
        "refuses a name that would be a step in the path, but not such a key of S3",
        arguments: [
            (.apiGateway, "DeleteStage", ["restApiId": "api", "stageName": ".."], false),
            (.apiGateway, "DeleteStage", ["restApiId": "api", "stageName": "."], false),
            (.apiGateway, "DeleteStage", ["restApiId": "api", "stageName": "..."], true),
            (.lambda, "DeleteFunction", ["FunctionName": ".."], false),
            (.s3, "GetObject", ["Bucket": "..", "Key": "k"], false),
            (.s3, "GetObject", ["Bucket": "b..", "Key": ".."], true),
            (.sns, "CreateTopic", ["Name": ".."], true),
        ] as [(TestModel, String, JSONValue, Bool)])
    func refusesSteps(service: TestModel, operation: String, input: JSONValue, isAllowed: Bool) throws {
        do {
            _ = try request(service, operation, input)
            #expect(isAllowed)
        } catch let error as AWSError {
            #expect(!isAllowed, "\(error)")
            #expect(error.localCode == .invalidParameter)
            #expect(error.message.contains("path"))
        }
    }

    @Test("refuses an unknown checksum algorithm")
    func refusesChecksum() throws {
        let put = try TestModel.s3.model().operation("PutObject")
        let input: JSONValue = ["Bucket": "bucket", "Key": "key", "ChecksumAlgorithm": "CRC64NVME"]
        var request = try put.request(input) { "token" }
        #expect { try request.addChecksum(for: put, input) } throws: { "\($0)".contains("CRC64NVME") }
    }

    @Test(
        "compresses from 10,240 bytes on, and only where the service takes it",
        .enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"),
        arguments: [("PutMetricData", 10_239, false), ("PutMetricData", 10_240, true), ("PutDashboard", 10_240, false)]
    )
    func compresses(name: String, size: Int, isCompressed: Bool) throws {
        let operation = try TestModel.cloudWatch.model().operation(name)
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        var request = WireRequest(method: "POST", path: "/", body: body)
        try request.compress(for: operation)
        #expect(request.headers["Content-Encoding"] == (isCompressed ? "gzip" : nil))
        guard isCompressed else {
            #expect(request.body == body)
            return
        }
        #expect(request.body.count < body.count)
        let script = """
            import base64, gzip, sys
            print(base64.b64encode(gzip.decompress(base64.b64decode(sys.stdin.read()))).decode())
            """
        let result = try Command.run(Workspace.python, ["-c", script], input: Base64.encode(request.body))
        #expect(Base64.decode(result.output) == body)
    }

    @Test(
        "writes numbers that JSON cannot hold by Smithy's names",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
        ])
    func namesNumbers(number: Double, name: String) throws {
        let input: JSONValue = ["Real": .double(number), "Small": .double(number)]
        #expect(try JSONValue(parsing: request(.zooJSON, "Everything", input).body)["Real"] == .string(name))
        let form = String(decoding: try request(.zooQuery, "Everything", input).body, as: UTF8.self)
        #expect(form == "Action=Everything&Version=2026-11-21&Real=\(name)&Small=\(name)")
        let xml = String(decoding: try request(.zooRestXML, "Everything", input).body, as: UTF8.self)
        #expect(xml.contains("<Real>\(name)</Real>"))
    }

    @Test(
        "refuses what S3 cannot take before anything is sent",
        arguments: [
            (["Bucket": "", "Key": "k"], "bucket name"), (["Bucket": "a/b", "Key": "k"], "bucket name"),
            (["Bucket": .string(String(repeating: "b", count: 256)), "Key": "k"], "bucket name"),
            (["Bucket": "b", "Key": "k", "Metadata": ["a": "é"]], "ASCII"),
            (["Bucket": "b", "Key": "k", "Metadata": ["a": "b\r\nX-Amz-Acl: public-read"]], "x-amz-meta-a"),
            (["Bucket": "b", "Key": "k", "ContentType": "a\nb"], "Content-Type"), (["Bucket": "b", "Key": ""], "Key"),
        ] as [(JSONValue, String)])
    func refusesForS3(input: JSONValue, reason: String) throws {
        #expect { try request(.s3, "PutObject", input) } throws: { error in
            (error as? AWSError)?.localCode == .invalidParameter && "\(error)".contains(reason)
        }
    }

    @Test("a raw payload takes the place of its member, and is refused where there is none")
    func rawPayload() throws {
        let upload = try ServiceModel(TestModel.apiGateway.lines).operation("ImportApiKeys")
        #expect(try upload.request(["format": "csv"], payload: [1, 2]) { "token" }.body == [1, 2])
        #expect { try upload.request(["format": "csv"]) { "token" } } throws: {
            "\($0)".contains("Missing required parameter in input: \"body\"")
        }
        let publish = try ServiceModel(TestModel.sns.lines).operation("Publish")
        #expect { try publish.request(["Message": "text"], payload: [1]) { "token" } } throws: {
            "\($0)".contains("Publish takes no raw body")
        }
    }

    @Test("names every fault of an input at once")
    func namesEveryFault() throws {
        let input: JSONValue = ["MetricData": [["Value": "1", "Dimensions": [["Nam": "x"]]]]]
        do {
            _ = try request(.cloudWatch, "PutMetricData", input)
            Issue.record("accepted")
        } catch let error as AWSError {
            #expect(
                error.message == """
                    Missing required parameter in input: "Namespace"
                    Missing required parameter in MetricData[0]: "MetricName"
                    Invalid type for parameter MetricData[0].Value, value: "1", type: string, valid types: number
                    Missing required parameter in MetricData[0].Dimensions[0]: "Name"
                    Missing required parameter in MetricData[0].Dimensions[0]: "Value"
                    Unknown parameter in MetricData[0].Dimensions[0]: "Nam", must be one of: Name, Value
                    """
            )
        }
    }

    @Test("an unknown operation is told with the nearest name, one that streams events with the reason")
    func unknownOperation() throws {
        #expect { try TestModel.sns.model().operation("Publsh") } throws: {
            "\($0)".contains("SNS has no operation Publsh, did you mean Publish?")
        }
        #expect { try TestModel.cloudWatchLogs.model().operation("StartLiveTail") } throws: {
            "\($0)".contains("StartLiveTail streams events")
        }
    }

    @Test("refuses a model that the generator did not write", arguments: ["", "{}", "[", #"{"protocol":"soap"}"#])
    func refusesModel(lines: StaticString) {
        #expect(throws: AWSError.self) { try ServiceModel(lines) }
    }

    @Test(
        "refuses an operation whose lines are damaged",
        arguments: [
            #"{"protocol":"json","endpointPrefix":"e","operations":{"A":1}}"#,
            "{\"protocol\":\"json\",\"endpointPrefix\":\"e\",\"operations\":{\"A\":1}}\n{}",
            "{\"protocol\":\"json\",\"endpointPrefix\":\"e\",\"operations\":{\"A\":0}}",
        ])
    func refusesOperation(lines: StaticString) throws {
        let model = try ServiceModel(lines)
        #expect(throws: AWSError.self) { try model.operation("A") }
    }
}
