import JSON
import TestSupport
import Testing

@testable import AWS

@Suite struct EndpointTests {
    static func resolver(
        _ service: TestModel, _ environment: [String: String] = [:], region: String = "eu-west-1", config: String = ""
    ) throws -> EndpointResolver {
        let files = SharedConfiguration(config: config, credentials: "")
        let settings = try AWSSettings(environment: environment, files: files)
        return try EndpointResolver(
            ServiceModel(service.lines).metadata, region: region, settings: settings,
            buckets: service == .s3 ? AWSService.s3.buckets : nil
        )
    }

    @Test(
        "global services have one host and one signing region in each partition",
        arguments: [
            (TestModel.iam, "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            (.iam, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (.route53, "eu-west-1", "https://route53.amazonaws.com", "us-east-1"),
            (.route53, "us-gov-east-1", "https://route53.us-gov.amazonaws.com", "us-gov-west-1"),
            (.cloudFront, "eu-west-1", "https://cloudfront.amazonaws.com", "us-east-1"),
            (.sns, "eu-west-1", "https://sns.eu-west-1.amazonaws.com", "eu-west-1"),
        ])
    func globalServices(service: TestModel, region: String, url: String, signingRegion: String) throws {
        let endpoint = try Self.resolver(service, region: region).endpoint()
        #expect(endpoint.url == url)
        #expect(endpoint.signingRegion == signingRegion)
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

    @Test(
        "a configured endpoint is taken from the first place that has one",
        arguments: [
            (
                TestModel.sns, ["AWS_ENDPOINT_URL_SNS": "http://Service:1", "AWS_ENDPOINT_URL": "http://all:2"],
                "http://service:1"
            ),
            (.sqs, ["AWS_ENDPOINT_URL_SNS": "http://service:1", "AWS_ENDPOINT_URL": "http://all:2"], "http://all:2"),
            (.sns, [:], "http://section:3"),
            (.sqs, [:], "http://profile:4"),
            (.secretsManager, [:], "http://section:5/base"),
            (.secretsManager, ["AWS_ENDPOINT_URL_SECRETS_MANAGER": "https://s/"], "https://s"),
            (
                .sns, ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://all:2"],
                "https://sns.eu-west-1.amazonaws.com"
            ),
        ])
    func customEndpoints(service: TestModel, environment: [String: String], url: String) throws {
        #expect(try Self.resolver(service, environment, config: Self.config).endpoint().url == url)
    }

    @Test("a request to a configured endpoint is signed for the client's region, also for a global service")
    func customEndpointsKeepTheRegion() throws {
        let endpoint = try Self.resolver(.iam, ["AWS_ENDPOINT_URL": "http://127.0.0.1:9"]).endpoint()
        #expect(endpoint.signingRegion == "eu-west-1")
    }

    @Test(
        "a target loses its bucket when the endpoint names it",
        arguments: [
            ([:], "/bucket", "https://bucket.s3.eu-west-1.amazonaws.com/"),
            ([:], "/bucket?uploads", "https://bucket.s3.eu-west-1.amazonaws.com/?uploads"),
            ([:], "/bucket//a/../b", "https://bucket.s3.eu-west-1.amazonaws.com//a/../b"),
            (["AWS_ENDPOINT_URL": "http://127.0.0.1:9"], "/bucket/key?x=1", "http://127.0.0.1:9/bucket/key?x=1"),
            (["AWS_ENDPOINT_URL": "http://127.0.0.1:9"], "/bucket?uploads", "http://127.0.0.1:9/bucket?uploads"),
            (["AWS_ENDPOINT_URL": "http://127.0.0.1:9/base"], "/bucket", "http://127.0.0.1:9/base/bucket"),
        ])
    func targets(environment: [String: String], target: String, url: String) throws {
        let endpoint = try Self.resolver(.s3, environment).endpoint(["Bucket": "bucket"])
        #expect(endpoint.url(target: target) == url)
    }

    @Test(
        "a host prefix stands before the host unless it is disabled",
        arguments: [
            ([:], "https://sync-states.eu-west-1.amazonaws.com/"),
            (["AWS_ENDPOINT_URL": "http://states:9/base"], "http://sync-states:9/base/"),
            (
                ["AWS_ENDPOINT_URL": "http://states:9/base", "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"],
                "http://states:9/base/"
            ),
        ])
    func hostPrefixes(environment: [String: String], url: String) throws {
        #expect(try Self.resolver(.sfn, environment).endpoint().url(target: "/", hostPrefix: "sync-") == url)
    }

    @Test(
        "a setting that gives no endpoint is an error that names it",
        arguments: [
            (TestModel.sns, "eu west", [:], "AWS_REGION"), (.sns, "x.evil.example/", [:], "AWS_REGION"),
            (.sns, "", [:], "AWS_REGION"), (.sns, "fips-us-east-1", [:], "AWS_USE_FIPS_ENDPOINT"),
            (.sns, "us-gov-west-1-fips", [:], "AWS_USE_FIPS_ENDPOINT"),
            (.sns, "eu-west-1", ["AWS_ENDPOINT_URL": "ftp://x"], "AWS_ENDPOINT_URL"),
            (.sns, "eu-west-1", ["AWS_ENDPOINT_URL_SNS": "localhost:4566"], "AWS_ENDPOINT_URL_SNS"),
            (
                .sns, "eu-west-1", ["AWS_ENDPOINT_URL_SNS": "http://x", "AWS_USE_FIPS_ENDPOINT": "true"],
                "AWS_USE_FIPS_ENDPOINT cannot be combined with the endpoint URL in AWS_ENDPOINT_URL_SNS"
            ),
            (
                .sns, "eu-west-1", ["AWS_ENDPOINT_URL": "http://x", "AWS_USE_DUALSTACK_ENDPOINT": "true"],
                "AWS_USE_DUALSTACK_ENDPOINT cannot be combined with the endpoint URL in AWS_ENDPOINT_URL"
            ),
            (
                .sns, "eu-west-1", ["AWS_USE_FIPS_ENDPOINT": "yes"],
                "AWS_USE_FIPS_ENDPOINT or use_fips_endpoint is \"yes\""
            ),
            (
                .s3, "cn-north-1", ["AWS_USE_FIPS_ENDPOINT": "true"],
                "S3 has no FIPS endpoint in cn-north-1: unset AWS_USE_FIPS_ENDPOINT"
            ),
            (.s3, "eu-west-1", ["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "global"], "give regional or legacy"),
            (.sts, "eu-west-1", ["AWS_STS_REGIONAL_ENDPOINTS": "global"], "give regional or legacy"),
            (.dynamoDB, "eu-west-1", ["AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"], "set \"preferred\" or \"disabled\""),
        ])
    func errorsSayWhatToChange(service: TestModel, region: String, environment: [String: String], text: String) throws {
        let error = #expect(throws: AWSError.self) { try Self.resolver(service, environment, region: region) }
        #expect(error?.localCode == .invalidConfiguration)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }

    @Test(
        "settings of other services are not looked at",
        arguments: [
            ["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "global"], ["AWS_STS_REGIONAL_ENDPOINTS": "global"],
            ["AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"], ["AWS_ENDPOINT_URL_SQS": "nonsense"],
        ])
    func othersSettings(environment: [String: String]) throws {
        #expect(try Self.resolver(.sns, environment).endpoint().url == "https://sns.eu-west-1.amazonaws.com")
    }

    @Test(
        "what the client cannot sign or address is refused, with the way out",
        arguments: [
            (TestModel.s3, "Bucket", "name--use1-az4--x-s3", "directory buckets are not supported"),
            (.s3, "Bucket", "point--use1-az4--xa-s3", "access points of directory buckets are not supported"),
            (
                .s3, "Bucket", "arn:aws:s3::123456789012:accesspoint/m.mrap",
                "use a bucket or the access point of one region"
            ),
            (.s3, "Bucket", "arn:aws:s3:::bucket", "give a bucket's name"),
            (.s3, "Bucket", "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/p", "use a client of cn-north-1"),
            (.eventBridge, "EndpointId", "abcde.veo", "leave EndpointId out"),
        ])
    func refusals(service: TestModel, member: String, value: String, text: String) throws {
        let resolver = try Self.resolver(service)
        let error = #expect(throws: AWSError.self) { try resolver.endpoint([member: .string(value)]) }
        #expect(error?.localCode == .invalidParameter)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }
}
