import AWS
import Foundation
import Glibc
import JSON
import TestSupport
import Testing
import Transport

@testable import FargateAdjuster

/// `adjust --recover` of the built binary.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct DriverRecoveryTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    /// Services whose first deployments never end.
    private func place(_ plays: JSONObject, variables: JSONObject = [:]) throws -> DriverPlace {
        var (services, components): ([JSONValue], JSONObject) = ([], [:])
        for (name, _) in plays {
            services.append(["name": .string(name), "task": ["cpu": "256", "memory": "512"]])
            components[name] = ["service_name": .string(name), "settings": ["mem": [:]]]
        }
        var variables = variables
        variables["ADJUST_LEASE"] = "1s"
        return try DriverPlace(
            services: .array(services), configuration: ["fargate": .object(components)], variables: variables,
            plays: plays)
    }

    /// The driver, when it has changed a service.
    private func started(_ place: DriverPlace, on name: String) async throws -> DriverProcess {
        let count = try place.server.operations().filter { $0 == "ecs:UpdateService" }.count
        let driver = try place.start(
            ["app"],
            input: #"{"application": {"components": {"\#(name)": {"settings": {"mem": {"value": 1}}}}}}"#)
        while let line = try await driver.line() {
            let now = try place.server.operations().filter { $0 == "ecs:UpdateService" }.count
            if now > count, line.hasPrefix("{\"progress\"") { return driver }
        }
        throw ServerError("the driver ended before it had changed \(name)")
    }

    @Test("a run that is ended at the first attempt counts, also when another one takes several")
    func outcomesOfAllAttempts() async throws {
        let crashes = [JSONValue](repeating: "crash", count: 9)
        let place = try place(["web": .array(["stuck"] + crashes), "api": ["stuck", "success"]])
        defer { place.remove() }
        let alive = try await started(place, on: "api")
        let dead = try await started(place, on: "web")
        dead.send(SIGKILL)
        _ = try await dead.status()
        try place.server.script(["stop": ["web"]])
        let recovery = try place.start(["--recover", "app"], input: "")
        // The run on web is ended at the first attempt that finds it free; that on api is waited for after it.
        _ = try #require(try await recovery.line(with: "it is ended first"))
        _ = try #require(try await recovery.line(with: "is open on default/api"))
        alive.send(SIGKILL)
        _ = try await alive.status()
        try place.server.script(["stop": ["api"]])
        let last = try JSONValue(parsing: try #require(try await recovery.line(with: "\"status\"")))
        #expect(last["status"] == "failed")
        #expect(last["message"]?.stringValue?.contains("web") == true, "\(last)")
        #expect(try await recovery.status() == 1)
    }

    @Test("a record in S3 lets another machine end what was left open")
    func recordInS3() async throws {
        let moto = try MotoServer.shared.get()
        let loop = try Self.loop.get()
        let bucket = "adjust-\(UUID().uuidString.lowercased())"
        _ = try await withTaskExecutorPreference(loop) {
            try await AWSClient(.s3, configuration: AWSConfiguration(environment: moto.environment, loop: loop)).call(
                "CreateBucket",
                [
                    "Bucket": .string(bucket),
                    "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"],
                ])
        }
        let place = try place(
            ["web": ["stuck", "success"]],
            variables: [
                "ADJUST_STATE": .string("s3://\(bucket)/runs"), "AWS_ENDPOINT_URL_S3": .string(moto.url),
            ])
        defer { place.remove() }
        let driver = try await started(place, on: "web")
        driver.send(SIGKILL)
        _ = try await driver.status()
        try place.server.script(["stop": ["web"]])
        let elsewhere = try await place.run(["--recover", "app"], more: ["HOME": "/", "XDG_STATE_HOME": "/dev/null"])
        #expect(elsewhere.status == 0, "\(elsewhere)")
        #expect(elsewhere.output.contains("it is ended first"))
        #expect(elsewhere.errors.contains("adjust: web: "))
        #expect(!elsewhere.errors.contains("warning"))
        #expect(try place.after()["memory"] == "512")
        #expect(!FileManager.default.fileExists(atPath: place.folder.appending(path: "state").path))
    }
}
