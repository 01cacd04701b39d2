import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// What the built binary says of its surroundings before it adjusts.
@Suite(.serialized) struct DriverSettingsTests {
    private static let wanted = #"{"application": {"components": {"web": {"settings": {"cpu": {"value": 0.5}}}}}}"#

    private func place() throws -> DriverPlace {
        try DriverPlace(
            services: [["name": "web", "task": ["cpu": "256", "memory": "1024"]]],
            configuration: [
                "fargate": ["web": ["service_name": "web", "settings": ["cpu": ["min": 0.5, "max": 1, "step": 0.5]]]]
            ], variables: ["OPTUNE_ECS_USE_RANGES": "1"])
    }

    @Test(
        "the original's words for what is missing of AWS's settings",
        arguments: [
            (["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""], "No AWS access key was provided."),
            (["AWS_DEFAULT_REGION": "", "AWS_REGION": ""], "No Amazon S3 default region was provided."),
        ])
    func missing(variables: [String: String], words: String) async throws {
        let place = try place()
        defer { place.remove() }
        for (arguments, input) in [(["--query", "app"], ""), (["app"], Self.wanted)] {
            let answer = try await place.run(arguments, input: input, more: variables)
            #expect(answer.status == 1)
            let line = try JSONValue(parsing: answer.output)
            #expect(line["status"] == "failed")
            #expect(line["class"] == "AssertionError")
            let message = try #require(line["message"]?.stringValue)
            #expect(message.hasPrefix("\(words) Please refer to README.md. ("), "\(message)")
            #expect(try place.server.operations().isEmpty)
        }
    }

    @Test(
        "an adjustment that cannot be recorded is warned of, and made", arguments: ["/dev/null/runs", "ftp://host/x"])
    func unwritableRecord(location: String) async throws {
        let place = try place()
        defer { place.remove() }
        let answer = try await place.run(["app"], input: Self.wanted, more: ["ADJUST_STATE": location])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.errors.contains("adjust: warning: "))
        #expect(answer.errors.contains(location))
        #expect(answer.errors.contains("set ADJUST_STATE"))
        #expect(try place.after()["cpu"] == "512")
    }

    @Test("a present value that its rule does not have is told on standard error, and described all the same")
    func strayValue() async throws {
        let place = try place()
        defer { place.remove() }
        let answer = try await place.run(["--query", "app"])
        #expect(answer.status == 0)
        let settings = try JSONValue(parsing: answer.output)["application"]?["components"]?["web"]?["settings"]
        #expect(settings?["cpu"]?["value"] == 0.25)
        #expect(answer.errors.contains("adjust: warning: component web: cpu is now what its rule does not have"))
        _ = try await place.run(["app"], input: Self.wanted)
        let after = try await place.run(["--query", "app"])
        #expect(after.errors == "")
    }

    @Test(
        "adjust and tocsin fargate record in the same place, as the variables say",
        arguments: [
            (["ADJUST_STATE": "s3://a/b", "TOCSIN_STATE": "/t", "HOME": "/h"], "s3://a/b"),
            (["TOCSIN_STATE": "/t", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/t/fargate"),
            (["TOCSIN_STATE": "", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/tocsin/fargate"),
            (["HOME": "/h"], "/h/.local/state/tocsin/fargate"), (["HOME": ""], nil), ([:], nil),
        ] as [([String: String], String?)])
    func location(variables: [String: String], location: String?) {
        #expect(AdjustmentLedger.location(Environment(variables)) == location)
    }
}
