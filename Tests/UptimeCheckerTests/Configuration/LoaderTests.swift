import AWS
import Basics
import Configuration
import ConfigurationSources
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct LoaderTests {
    static func file(_ name: String) -> String {
        "endpoints: [{name: \(name), url: 'http://a', conditions: ['[STATUS] == 200']}]"
    }

    static let loop = Result { try EventLoop.onOwnThread() }

    static func loader(
        _ source: EndpointSource, environment: [String: String] = [:]
    ) throws -> (RenewingConfiguration<UptimeConfiguration>, TestClock, AWSConfiguration) {
        let clock = TestClock(Timestamp(secondsSinceEpoch: 1_795_232_520))
        let variables = environment.merging(["AWS_REGION": "eu-central-1"]) { own, _ in own }
        // The same clock for AWS: it compares the deadline that the configuration gives with its own time.
        let aws = try AWSConfiguration(
            environment: variables, http: HTTPClient(loop: loop.get(), configuration: HTTPClientConfiguration()),
            time: clock.source(realSleep: { try await Task.sleep(for: $0) })
        )
        let settings = ConfigurationSettings(source: source)
        let endpoints = try settings.endpoints(
            environment: variables, aws: aws, time: clock.source, executor: loop.get())
        return (endpoints, clock, aws)
    }

    @Test func fileIsReadAnewWhenOldAndKeptWhenThatFails() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "uptime.yaml")
            func write(_ text: String) throws { try Data(text.utf8).write(to: path) }
            let (loader, clock, _) = try Self.loader(
                .file(.file("uptime.yaml")), environment: ["LAMBDA_TASK_ROOT": folder.path])
            try write(Self.file("one"))
            func name() async throws -> String? { try await loader.current().value.endpoints.first?.name }
            func warning() async throws -> String? { try await loader.current().warning }
            #expect(try await name() == "one")
            try write(Self.file("two"))
            clock.advance(.seconds(59))
            #expect(try await name() == "one")
            clock.advance(.seconds(1))
            #expect(try await name() == "two")
            #expect(try await warning() == nil)

            // A faulty one: the last good one stays, the warning with it until the next look.
            try write("endpoints: []")
            clock.advance(.seconds(60))
            let expected =
                "the configuration read at 2026-11-21T03:43:00Z stays in use: uptime.yaml: line 1: endpoints: expected at least one endpoint, such as {name: web, url: https://example.org, conditions: [\"[STATUS] == 200\"]}"
            #expect(try await warning() == expected)
            clock.advance(.seconds(30))
            #expect(try await warning() == expected)
            #expect(try await name() == "two")

            // None at all, then the same as before: all is well again.
            try FileManager.default.removeItem(at: path)
            clock.advance(.seconds(30))
            #expect(
                try await warning()?.hasPrefix(
                    "the configuration read at 2026-11-21T03:43:00Z stays in use: the endpoints cannot be read from uptime.yaml"
                ) == true)
            try write(Self.file("two"))
            clock.advance(.seconds(60))
            #expect(try await warning() == nil)
            #expect(try await name() == "two")
        }
    }

    @Test func nothingToKeep() async throws {
        do {
            let (loader, _, _) = try Self.loader(.file(.file("/nowhere/uptime.yaml")))
            let error = await #expect(throws: UptimeCheckerError.self) { try await loader.current() }
            #expect(error?.code == .unreadableConfiguration)
            #expect(
                error?.message.hasPrefix(
                    "the endpoints cannot be read from /nowhere/uptime.yaml, and UPTIME_CONFIG, UPTIME_CONFIG_TEXT or URLS_TO_MONITOR says where they are: "
                ) == true)
        }
        do {
            let error = #expect(throws: UptimeCheckerError.self) {
                try Self.loader(.file(.text("x: 1\nendpoints: 1")))
            }
            #expect(error?.code == .wrongConfiguration)
            #expect(error?.message.hasPrefix("UPTIME_CONFIG_TEXT: 2 faults:\nline 1: x: unknown key") == true)
        }
    }

    @Test func textAndList() async throws {
        let text = "endpoints: [{name: $NAME, url: 'http://a', conditions: ['[STATUS] == 200']}]"
        do {
            let (loader, _, _) = try Self.loader(.file(.text(text)), environment: ["NAME": "n"])
            #expect(try await loader.current().value.endpoints.map(\.name) == ["n"])
        }
        do {
            let (loader, clock, _) = try Self.loader(.urls(["http://a", "http://b"], timeout: .seconds(1)))
            #expect(try await loader.current().value.endpoints.count == 2)
            clock.advance(.seconds(100))
            #expect(try await loader.current().value.endpoints.count == 2)
        }
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func objectAndParameter() async throws {
        let server = try MotoServer.shared.get()
        let bucket = "uptime-loader-tests"
        do {
            let source = ConfigurationSource.object(bucket: bucket, key: "a/uptime.yaml")
            let (loader, clock, aws) = try Self.loader(.file(source), environment: server.environment)
            let s3 = try AWSClient(.s3, configuration: aws)
            _ = try await s3.call(
                "CreateBucket",
                [
                    "Bucket": .string(bucket), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"],
                ])
            let place: JSONValue = ["Bucket": .string(bucket), "Key": "a/uptime.yaml"]
            _ = try await s3.send("PutObject", place, body: .bytes(Array(Self.file("one").utf8)))
            #expect(try await loader.current().value.endpoints.map(\.name) == ["one"])
            _ = try await s3.send("PutObject", place, body: .bytes(Array(Self.file("two").utf8)))
            clock.advance(.seconds(60))
            #expect(try await loader.current().value.endpoints.map(\.name) == ["two"])
            _ = try await s3.call("DeleteObject", place)
            clock.advance(.seconds(60))
            let (configuration, warning) = try await loader.current()
            #expect(configuration.endpoints.map(\.name) == ["two"])
            #expect(warning?.contains("NoSuchKey") == true)
            #expect(warning?.contains("s3://\(bucket)/a/uptime.yaml") == true)
        }
        do {
            let (loader, _, aws) = try Self.loader(.file(.parameter("/uptime/tests")), environment: server.environment)
            _ = try await AWSClient(.ssm, configuration: aws).call(
                "PutParameter",
                [
                    "Name": "/uptime/tests", "Type": "SecureString", "Value": .string(Self.file("three")),
                    "Overwrite": true,
                ])
            #expect(try await loader.current().value.endpoints.map(\.name) == ["three"])
        }
    }
}
