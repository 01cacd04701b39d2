import JSON
import TestSupport
import Testing

@testable import AWS

@Suite struct EndpointTests {
    static let services: [String: AWSService] = [
        "sns": .sns, "sqs": .sqs, "cloudwatch": .cloudWatch, "s3": .s3, "sts": .sts, "ssm": .ssm,
        "secretsmanager": .secretsManager, "kms": .kms, "dynamodb": .dynamoDB,
    ]

    static func resolver(
        _ service: String, _ region: String, _ environment: [String: String] = [:], config: String = ""
    ) throws -> EndpointResolver {
        let files = SharedConfiguration(config: config, credentials: "")
        let settings = try AWSSettings(environment: environment, files: files)
        let metadata = try #require(services[service]).model().metadata
        return try EndpointResolver(metadata, region: region, settings: settings)
    }

    struct OracleLine: Decodable {
        var service, region: String
        var fips, dual, legacy: Bool
        var bucket, url, signingRegion, error: String?
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func resolvesAsBotocore() throws {
        let output = try oracle("endpoints.py")
        #expect(output.count > 2000)
        for text in output {
            let line = try JSONDecoder().decode(OracleLine.self, from: text)
            let environment = [
                "AWS_USE_FIPS_ENDPOINT": "\(line.fips)", "AWS_USE_DUALSTACK_ENDPOINT": "\(line.dual)",
                "AWS_STS_REGIONAL_ENDPOINTS": line.legacy ? "legacy" : "regional",
            ]
            let endpoint = try? Self.resolver(line.service, line.region, environment).endpoint(bucket: line.bucket)
            let path = line.bucket.map { "/\($0)/key" } ?? ""
            let url = endpoint?.url(target: path, bucket: line.bucket)
            #expect(url == line.url.map { $0 + (line.bucket == nil ? "" : "/key") }, "\(text)")
            if line.url != nil { #expect(endpoint?.signingRegion == line.signingRegion, "\(text)") }
        }
    }

    static let config = """
        [default]
        services = local
        endpoint_url = http://profile:4
        [services local]
        sns =
          endpoint_url = http://section:3
        secrets_manager =
          endpoint_url = http://section:5/base/
        """

    @Test(arguments: [
        ("sns", ["AWS_ENDPOINT_URL_SNS": "http://Service:1", "AWS_ENDPOINT_URL": "http://all:2"], "http://service:1"),
        ("sqs", ["AWS_ENDPOINT_URL_SNS": "http://service:1", "AWS_ENDPOINT_URL": "http://all:2"], "http://all:2"),
        ("sns", [:], "http://section:3"),
        ("sqs", [:], "http://profile:4"),
        ("secretsmanager", [:], "http://section:5/base"),
        ("secretsmanager", ["AWS_ENDPOINT_URL_SECRETS_MANAGER": "https://s/"], "https://s"),
        (
            "sns", ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://all:2"],
            "https://sns.eu-west-1.amazonaws.com"
        ),
    ])
    func customEndpoints(service: String, environment: [String: String], url: String) throws {
        let resolver = try Self.resolver(service, "eu-west-1", environment, config: Self.config)
        #expect(try resolver.endpoint().url == url)
    }

    @Test func customEndpointsKeepTheBucketInThePath() throws {
        let endpoint = try Self.resolver("s3", "eu-west-1", ["AWS_ENDPOINT_URL": "http://127.0.0.1:9"])
            .endpoint(bucket: "bucket")
        #expect(endpoint.url(target: "/bucket/key?x=1", bucket: "bucket") == "http://127.0.0.1:9/bucket/key?x=1")
    }

    @Test func targetsWithoutKey() throws {
        let endpoint = try Self.resolver("s3", "eu-west-1").endpoint(bucket: "bucket")
        let host = "https://bucket.s3.eu-west-1.amazonaws.com"
        #expect(endpoint.url(target: "/bucket", bucket: "bucket") == host + "/")
        #expect(endpoint.url(target: "/bucket?uploads", bucket: "bucket") == host + "/?uploads")
        #expect(endpoint.url(target: "/bucket//a/../b", bucket: "bucket") == host + "//a/../b")
    }

    @Test(arguments: [
        ("sns", "eu west", [:], "region"), ("sns", "x.evil.example/", [:], "region"), ("sns", "", [:], "region"),
        ("sns", "eu-west-1", ["AWS_ENDPOINT_URL": "ftp://x"], "AWS_ENDPOINT_URL"),
        ("sns", "eu-west-1", ["AWS_ENDPOINT_URL_SNS": "localhost:4566"], "AWS_ENDPOINT_URL_SNS"),
        ("sns", "eu-west-1", ["AWS_ENDPOINT_URL": "http://x", "AWS_USE_FIPS_ENDPOINT": "true"], "combined"),
        ("s3", "cn-north-1", ["AWS_USE_FIPS_ENDPOINT": "true"], "FIPS"),
    ])
    func errorsSayWhatToChange(service: String, region: String, environment: [String: String], word: String) throws {
        do {
            _ = try Self.resolver(service, region, environment)
            Issue.record("expected an error")
        } catch let error as AWSError {
            #expect(error.localCode == .invalidConfiguration && error.message.contains(word), "\(error)")
        }
    }

    @Test(arguments: ["arn:aws:s3:eu-west-1:123456789012:accesspoint/ap", "name--use1-az4--x-s3"])
    func accessPointsAndDirectoryBucketsAreRefused(bucket: String) throws {
        let resolver = try Self.resolver("s3", "eu-west-1")
        #expect(throws: AWSError.self) { try resolver.endpoint(bucket: bucket) }
    }
}
