import Foundation
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// What the original sends for the same input, recorded from its code with a client that only notes its calls.
@Suite struct OriginalChangesTests {
    private static let samples = Result {
        let file = Workspace.root.appending(path: "Tests/FargateAdjusterTests/Samples/original-changes.json")
        return try JSONValue(parsing: [UInt8](Data(contentsOf: file))).arrayValue ?? []
    }

    @Test func thereAreSamples() throws { #expect(try Self.samples.get().count == 14) }

    @Test(arguments: 0..<14) func theSameIsSent(number: Int) throws {
        let sample = try Self.samples.get()[number]
        let settings = try JSONValue(parsing: sample.text("input"))
        let request = try AdjustmentRequest(["application": ["components": ["web": ["settings": settings]]]])
        let plan = try service.plan(request.components[0].settings)
        let registered = plan.registration ?? plan.snapshot.taskDefinition.registrable
        #expect(registered["cpu"] == sample["cpu"])
        #expect(registered["memory"] == sample["memory"])
        #expect(registered["containerDefinitions"]?[0]?["environment"] == sample["environment"])
        #expect(plan.desiredCount ?? 2 == sample.integer("desiredCount"))
        let warnings = sample["warnings"]?.arrayValue ?? []
        #expect(plan.warnings.count == warnings.count)
        for (warning, original) in zip(plan.warnings, warnings) {
            #expect(warning.hasPrefix(original.stringValue ?? "none"))
        }
    }

    private var service: PlanSample {
        var sample = PlanSample(containers: [
            [
                "name": "app",
                "environment": [["name": "GOGC", "value": "100"], ["name": "MODE", "value": "a"]],
            ]
        ])
        sample.component.replicas = SettingRule(.range(minimum: 0, maximum: 10, step: 1))
        sample.component.environment = [
            EnvironmentSetting("GOGC", SettingRule(.range(minimum: 10, maximum: 400, step: 0.5))),
            EnvironmentSetting("MODE", SettingRule(.list(["a", "B", "True", ""]))),
            EnvironmentSetting("NEW", SettingRule(.list(["n", "1e+16", "1e-05"]))),
        ]
        return sample
    }
}
