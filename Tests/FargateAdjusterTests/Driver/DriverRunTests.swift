import Foundation
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Whole runs of the built binary on the scripted server, against those of the original.
@Suite(.serialized) struct DriverRunTests {
    /// A run of the original.
    struct Sample: Sendable, CustomTestStringConvertible {
        let json: JSONValue

        var testDescription: String { text("name") }

        func text(_ name: String) -> String { json[name]?.stringValue ?? "" }

        static let all = DriverSamples.samples("runs").map(Sample.init)
    }

    @Test(
        "a run ends as the original's, with the same service and the same lines where programs read them",
        arguments: Sample.all)
    func run(sample: Sample) async throws {
        let place = try DriverPlace(
            services: sample.json["services"] ?? [], configuration: sample.json["configuration"] ?? [:],
            variables: sample.json["variables"]?.objectValue ?? [:])
        defer { place.remove() }
        let arguments = (sample.json["arguments"]?.arrayValue ?? []).compactMap(\.stringValue)
        let ours = try await place.run(arguments, input: sample.text("input"))
        #expect(Int64(ours.status) == sample.json["status"]?.intValue, "\(ours)")
        let (lines, original) = (Self.lines(ours.output), Self.lines(sample.text("output")))
        #expect(lines.allSatisfy { (try? JSONValue(parsing: $0)) != nil }, "\(ours.output)")
        if sample.json["input"]?.stringValue != "" {
            #expect(lines.first == original.first)
            let (warnings, meant): ([String], [String]) = (Self.warnings(lines), Self.warnings(original))
            #expect(warnings == meant)
        }
        guard ours.status == 0 else {
            try expectSameFailure(lines.last ?? "", original.last ?? "")
            return
        }
        #expect(lines.last == original.last)
        #expect(lines.last { $0.hasPrefix("{\"progress\"") } == original.last { $0.hasPrefix("{\"progress\"") })
        #expect(try place.after() == sample.json["after"])
    }

    /// The message may say more; where the original's shows Python's values, it says other things.
    private func expectSameFailure(_ ours: String, _ original: String) throws {
        let (ours, original) = (try JSONValue(parsing: ours), try JSONValue(parsing: original))
        for name in ["status", "reason", "error"] { #expect(ours[name] == original[name]) }
        let message = original["message"]?.stringValue ?? ""
        if !message.contains("Response: {") { #expect(ours["message"]?.stringValue?.contains(message) == true) }
        #expect(ours["message"]?.stringValue?.isEmpty == false)
    }

    private static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    /// Without progress and result; what ECS answered is in the message here.
    private static func warnings(_ lines: [String]) -> [String] {
        lines.filter { !$0.hasPrefix("{\"progress\"") && !$0.contains("ecs.describe_services()") }.dropLast()
    }

    @Test func thereAreSamples() { #expect(Sample.all.count == 12) }

    // MARK: opsani/servo's test of drivers

    /// What `test/test_adjust.py` of opsani/servo demands of each driver.
    @Test("a driver as the servo's own tests want it: query, one step of a range, query")
    func servoTest() async throws {
        let place = try DriverPlace(
            services: [["name": "web", "task": ["cpu": "256", "memory": "1024"]]],
            configuration: [
                "fargate": [
                    "web": [
                        "service_name": "web",
                        "settings": [
                            "mem": ["min": 0.5, "max": 2, "step": 0.5], "cpu": ["min": 0.25, "max": 1],
                            "replicas": ["min": 1, "max": 5],
                        ],
                        "environment": ["MODE": ["type": "enum", "values": ["a", "b"], "default": "a"]],
                    ]
                ]
            ], variables: ["OPTUNE_ECS_USE_RANGES": "1"])
        defer { place.remove() }
        let version = try await place.run(["--version"])
        #expect(version.output.split(separator: "\n").first?.isEmpty == false)
        let info = try JSONValue(parsing: try await place.run(["--info"]).output)
        #expect(info["version"] != nil)
        #expect(info["has_cancel"] == true)
        var description = try await place.describe()
        let settings = try Self.settings(description)
        #expect(settings["web"]?["replicas"]?["value"] == 2)
        let step = try Self.step(&description)
        #expect(step == "cpu")
        let adjusted = try await place.run(["test"], input: description.description)
        #expect(adjusted.status == 0, "\(adjusted)")
        #expect(Self.lines(adjusted.output).last == #"{"status": "ok", "reason": "success"}"#)
        let after = try Self.settings(try await place.describe())
        #expect(after["web"]?["cpu"]?["value"] == 0.5)
    }

    /// All settings of a description, each of which has to be a valid one.
    private static func settings(_ description: JSONValue) throws -> [String: JSONObject] {
        let components = try #require(description["application"]?["components"]?.objectValue)
        #expect(components.count > 0)
        var found: [String: JSONObject] = [:]
        for (name, component) in components {
            let settings = try #require(component["settings"]?.objectValue)
            for (setting, entry) in settings { try validate(setting, entry) }
            found[name] = settings
        }
        return found
    }

    private static func validate(_ name: String, _ entry: JSONValue) throws {
        let value = try #require(entry["value"], "\(name)")
        guard entry["type"]?.stringValue ?? "range" == "range" else {
            #expect(entry["type"] == "enum", "\(name)")
            #expect(entry["values"]?.arrayValue?.contains(value) == true, "\(name)")
            return
        }
        let number = try #require(value.doubleValue, "\(name)")
        let minimum = try #require(entry["min"]?.doubleValue, "\(name)")
        let maximum = try #require(entry["max"]?.doubleValue, "\(name)")
        let step = try #require(entry["step"]?.doubleValue, "\(name)")
        #expect(minimum < maximum, "\(name)")
        #expect((minimum...maximum).contains(number), "\(name)")
        let steps = (number - minimum) / step
        #expect(steps == steps.rounded(), "\(name)")
    }

    /// Moves the first range of the description by one step.
    /// - Returns: its name.
    private static func step(_ description: inout JSONValue) throws -> String {
        var components = try #require(description["application"]?["components"]?.objectValue)
        for (name, component) in components {
            var settings = try #require(component["settings"]?.objectValue)
            guard let (setting, entry) = settings.first(where: { $0.value["type"] == "range" }) else { continue }
            let value = try #require(entry["value"]?.doubleValue)
            let step = try #require(entry["step"]?.doubleValue)
            let maximum = try #require(entry["max"]?.doubleValue)
            var changed = try #require(entry.objectValue)
            changed["value"] = .double(value < maximum ? value + step : value - step)
            settings[setting] = .object(changed)
            components[name] = ["settings": .object(settings)]
            description = ["application": ["components": .object(components)]]
            return setting
        }
        throw ServerError("no setting is a range")
    }
}
