import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// URLs against boto3's, with the same clock and credentials.
struct PresignedURLTests {
    private struct Row: Decodable {
        var service, operation, url: String
        var input: JSONValue
        var method, token: String?
        var headers: [String: String]
        var expires: Int
        var time: Double
    }

    private static let services: [String: AWSService] = [
        "sts": .sts, "sns": .sns, "ec2": .ec2, "s3": .s3, "lambda": .lambda,
    ]

    private func client(_ service: AWSService, token: String? = nil, time: Double = 0) throws -> AWSClient {
        let configuration = try AWSConfiguration(
            environment: ["AWS_REGION": "eu-central-1"], http: Loop.http.get(),
            credentials: AWSCredentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: token),
            time: TestClock(Timestamp(secondsSinceEpoch: time)).source
        )
        return try AWSClient(service, configuration: configuration)
    }

    @Test("presigns what boto3 presigns", .enabled(if: Workspace.hasPython, "no Python: run ./build.sh setup"))
    func agreesWithBoto3() async throws {
        let rows = try oracle("presigned.py").filter { $0.contains("operation") }
            .map { try JSONDecoder().decode(Row.self, from: $0) }
        #expect(Set(rows.map(\.service)) == Set(Self.services.keys))
        for row in rows {
            let service = try #require(Self.services[row.service])
            let url = try await client(service, token: row.token, time: row.time).presignedURL(
                row.operation, row.input, method: row.method,
                headers: HTTPHeaders(row.headers.map { (name: $0.key, value: $0.value) }),
                expires: .seconds(row.expires)
            )
            #expect(url == row.url)
        }
    }

    @Test("makes boto3's passwords for databases", .enabled(if: Workspace.hasPython, "no Python: run ./build.sh setup"))
    func databaseToken() async throws {
        let rows = try oracle("presigned.py").map { try JSONValue(parsing: $0) }.filter { $0["operation"] == nil }
        #expect(rows.count == 2)
        for row in rows {
            let client = try client(.rds, time: try #require(row["time"]?.doubleValue))
            let token = try await client.databaseToken(
                host: try #require(row["token"]?[0]?.stringValue), port: Int(try #require(row["token"]?[1]?.intValue)),
                user: try #require(row["token"]?[2]?.stringValue), region: row["token"]?[3]?.stringValue
            )
            #expect(token == row["url"]?.stringValue)
        }
    }

    @Test("a form becomes a URL for GET, as the token of an EKS cluster needs it")
    func formIsForGET() async throws {
        let sts = try client(.sts)
        let headers: HTTPHeaders = ["x-k8s-aws-id": "my-cluster"]
        let url = try await sts.presignedURL("GetCallerIdentity", headers: headers, expires: .seconds(60))
        let get = try await sts.presignedURL(
            "GetCallerIdentity", method: "GET", headers: headers, expires: .seconds(60)
        )
        #expect(url == get)
        #expect(url.contains("X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"))
    }

    @Test(
        "a URL is valid for a second to seven days",
        arguments: [(0.999, false), (1, true), (604_800, true), (604_801, false), (-5, false)])
    func expiry(seconds: Double, isAllowed: Bool) async throws {
        let s3 = try client(.s3)
        do {
            _ = try await s3.presignedURL("GetObject", ["Bucket": "b-1", "Key": "k"], expires: .seconds(seconds))
            #expect(isAllowed)
        } catch let error as AWSError {
            #expect(!isAllowed, "\(error)")
            #expect(error.localCode == .invalidParameter)
        }
    }

    @Test(
        "an input that needs a body is refused",
        arguments: [
            (.dynamoDB, "ListTables", [:]),
            (.lambda, "CreateAlias", ["FunctionName": "f", "Name": "n", "FunctionVersion": "1"]),
            (.s3, "PutBucketVersioning", ["Bucket": "bucket", "VersioningConfiguration": ["Status": "Enabled"]]),
        ] as [(AWSService, String, JSONValue)])
    func refusesBody(service: AWSService, operation: String, input: JSONValue) async throws {
        let error = await #expect(throws: AWSError.self) {
            try await client(service).presignedURL(operation, input)
        }
        #expect(error?.localCode == .invalidParameter)
        #expect("\(try #require(error))".contains("body"))
    }
}
