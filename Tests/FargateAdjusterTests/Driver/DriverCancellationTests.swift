import Glibc
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Signals and servos that go away, in the middle of an adjustment.
@Suite(.serialized) struct DriverCancellationTests {
    private static let before: JSONValue = [
        "desiredCount": 2, "cpu": "256", "memory": "512", "environment": [["name": "A", "value": "1"]],
    ]
    private static let wanted =
        #"{"application": {"components": {"web": {"settings": {"cpu": {"value": "0.5"}, "mem": {"value": "1"}}}}}}"#

    private static let task: JSONObject = [
        "cpu": "256", "memory": "512",
        "containerDefinitions": [
            ["name": "web", "image": "web:1", "essential": true, "environment": [["name": "A", "value": "1"]]]
        ],
    ]

    /// A service whose deployment never ends by itself, and goes back when it is told to.
    private func place() throws -> DriverPlace {
        try DriverPlace(
            services: [["name": "web", "desiredCount": 2, "task": .object(Self.task)]],
            configuration: ["fargate": ["web": ["service_name": "web", "settings": ["cpu": [:], "mem": [:]]]]],
            variables: ["ADJUST_LEASE": "1s"], plays: ["web": ["stuck", "success"]])
    }

    /// Started, and its deployment goes on.
    private func started(_ place: DriverPlace, ignoresHangUp: Bool = false) async throws -> DriverProcess {
        let driver = try place.start(["app"], input: Self.wanted, ignoresHangUp: ignoresHangUp)
        while let line = try await driver.line() {
            let operations = try place.server.operations()
            if operations.contains("ecs:UpdateService"), line.hasPrefix("{\"progress\"") { return driver }
        }
        throw ServerError("the driver ended before it had changed the service")
    }

    @Test("a signal puts everything back", arguments: [SIGUSR1, SIGTERM, SIGINT, SIGHUP])
    func cancel(signal: Int32) async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try await started(place)
        driver.send(signal)
        let last = try JSONValue(parsing: try #require(try await driver.line(with: "\"status\"")))
        #expect(last["status"] == "failed")
        #expect(last["reason"] == "cancelled")
        #expect(last["class"] == "AdjustError")
        #expect(try await driver.line() == nil)
        #expect(try await driver.status() == 1)
        #expect(try place.after() == Self.before)
    }

    @Test("SIGHUP is no signal under nohup: it neither ends the run nor counts as the first of two")
    func ignoredHangUp() async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try await started(place, ignoresHangUp: true)
        driver.send(SIGHUP)
        driver.send(SIGTERM)
        let last = try JSONValue(parsing: try #require(try await driver.line(with: "\"status\"")))
        #expect(last["reason"] == "cancelled")
        #expect(try await driver.status() == 1)
        #expect(try place.after() == Self.before)
    }

    @Test("a signal before the run ends with a result, too", arguments: [SIGUSR1, SIGTERM, SIGINT, SIGHUP])
    func early(signal: Int32) async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try place.start(["app"], input: nil)
        try await driver.fillInput()
        driver.send(signal)
        let line = try JSONValue(parsing: try #require(try await driver.line()))
        #expect(line["status"] == "failed")
        #expect(line["reason"] == "cancelled")
        #expect(line["class"] == "AdjustError")
        #expect(try await driver.line() == nil)
        #expect(try await driver.status() == 1)
        #expect(try place.server.operations().isEmpty)
    }

    @Test("SIGUSR1 comes again with each progress line that a servo's service answers with cancel")
    func repeatedCancel() async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try await started(place)
        var last = ""
        repeat {
            driver.send(SIGUSR1)
        } while try await {
            guard let line = try await driver.line() else { return false }
            last = line
            return line.hasPrefix("{\"progress\"")
        }()
        #expect(try JSONValue(parsing: last)["reason"] == "cancelled")
        #expect(try await driver.status() == 1)
        #expect(try place.after() == Self.before)
    }

    @Test("a servo that is gone does not end the way back")
    func closedOutput() async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try await started(place)
        driver.closeOutput()
        driver.send(SIGTERM)
        #expect(try await driver.status() == 1)
        #expect(try place.after() == Self.before)
    }

    @Test("a second SIGTERM ends at once and says how to go on; --recover does")
    func secondSignal() async throws {
        let place = try place()
        defer { place.remove() }
        // Nothing is seen of the way back any more.
        try place.server.script([
            "on": [
                [
                    "operation": "StopServiceDeployment",
                    "script": ["faults": [["operation": "DescribeServices", "hang": "before", "times": 0]]],
                ]
            ]
        ])
        let driver = try await started(place)
        driver.send(SIGTERM)
        while try place.server.operations().allSatisfy({ $0 != "ecs:StopServiceDeployment" }) {
            _ = try #require(try await driver.line())
        }
        driver.send(SIGTERM)
        let last = try JSONValue(parsing: try #require(try await driver.line(with: "\"status\"")))
        #expect(last["reason"] == "cancelled")
        #expect(last["message"]?.stringValue?.contains("adjust --recover") == true)
        #expect(try await driver.status() == 128 + SIGTERM)
        try place.server.script(["faults": []])
        let recovered = try await place.run(["--recover", "app"])
        #expect(recovered.status == 0, "\(recovered)")
        #expect(recovered.output.hasSuffix("{\"status\": \"ok\", \"reason\": \"success\"}\n"))
        #expect(try place.after() == Self.before)
    }

    @Test("what kill -9 leaves open is ended by the next adjustment, before its own")
    func killed() async throws {
        let place = try place()
        defer { place.remove() }
        let driver = try await started(place)
        driver.send(SIGKILL)
        #expect(try await driver.status() == 128 + SIGKILL)
        // The deployment would go on for ever, and the next adjustment wait for it until its time is over.
        try place.server.script(["stop": ["web"]])
        let next = try await place.run(
            ["app"], input: #"{"application": {"components": {"web": {"settings": {"mem": {"value": "2"}}}}}}"#)
        #expect(next.status == 0, "\(next)")
        guard case .object(var wanted) = Self.before else { return }
        wanted["memory"] = "2048"
        #expect(try place.after() == .object(wanted))
    }

    @Test("a failure is told by its cause, in one word and in text")
    func failure() async throws {
        let place = try place()
        defer { place.remove() }
        try place.server.script(["plays": ["web": ["out_of_memory", "success"]]])
        let answer = try await place.run(["app"], input: Self.wanted)
        #expect(answer.status == 1)
        let last = try JSONValue(parsing: String(try #require(answer.output.split(separator: "\n").last)))
        #expect(last["status"] == "failed")
        #expect(last["reason"] == "out-of-memory")
        #expect(answer.errors.contains("adjust: "))
        #expect(try place.after() == Self.before)
    }
}
