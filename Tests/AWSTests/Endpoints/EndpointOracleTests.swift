import Basics
import JSON
import TestSupport
import Testing

@testable import AWS

@Suite struct EndpointOracleTests {
    private struct Line: Decodable {
        var service: String
        var environment: [String: String]
        var config: String
        /// Operation, bucket, URL, signing region and signing name; the last three are missing when the call fails.
        var calls: [[String?]]
    }

    @Test(
        "each service's endpoint, signing region and signing name are botocore's, in every region and with every setting",
        .enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup")
    )
    func resolvesAsBotocore() throws {
        let models = try Dictionary(
            uniqueKeysWithValues: TestModel.allCases.map { ($0.rawValue, try ServiceModel($0.lines)) })
        var (compared, differences): (Int, [String]) = (0, [])
        for text in try oracle("endpoints.py") {
            let line = try JSONDecoder().decode(Line.self, from: text)
            let model = try #require(models[line.service])
            let files = SharedConfiguration(config: line.config, credentials: "")
            let settings = try AWSSettings(environment: line.environment, files: files)
            let region = line.environment["AWS_REGION"] ?? ""
            let buckets = line.service == "s3" ? AWSService.s3.buckets : nil
            let resolver = try? EndpointResolver(model.metadata, region: region, settings: settings, buckets: buckets)
            for call in line.calls {
                let (operation, bucket) = (try call[0].map { try model.operation($0) }, call[1])
                let input: JSONValue = bucket.map { ["Bucket": .string($0)] } ?? [:]
                let endpoint = try? resolver?.endpoint(input, for: operation)
                let target = bucket.map { "/" + percentEncoded($0) + "/key" } ?? ""
                let actual = endpoint.map { [$0.url(target: target), $0.signingRegion, $0.signingName] } ?? []
                var expected = call.dropFirst(2).compactMap(\.self)
                if bucket != nil, !expected.isEmpty { expected[0] += "/key" }
                compared += 1
                if actual != expected {
                    differences.append("\(line.service) \(line.environment) \(line.config) \(call) is \(actual)")
                }
            }
        }
        #expect(compared > 15000)
        #expect(
            differences.isEmpty, "\(differences.count) differences: \(differences.prefix(20).joined(separator: "\n"))")
    }
}

@Suite struct PartitionTests {
    @Test(
        "a region newer than the table belongs to the partition of its area",
        arguments: [
            ("us-east-1", "aws"), ("eu-new-9", "aws"), ("mx-central-1", "aws"), ("aws-global", "aws"),
            ("cn-new-1", "aws-cn"), ("aws-cn-global", "aws-cn"), ("us-gov-new-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"), ("us-isob-east-1", "aws-iso-b"), ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"), ("eusc-de-east-1", "aws-eusc"),
            // Names of no partition's form, for which botocore takes the first one too.
            ("us-gov-1", "aws"), ("cn-north", "aws"), ("cn-north-one", "aws"), ("cn--1", "aws"), ("xx-east-1", "aws"),
            ("", "aws"),
        ])
    func partitions(region: String, partition: String) {
        #expect(AWSPartition.of(region).name == partition)
    }
}
