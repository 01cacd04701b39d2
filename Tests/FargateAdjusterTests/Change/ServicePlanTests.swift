import AWS
import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Values become changes.
@Suite struct ServicePlanTests {
    @Test(arguments: [
        (#"{"cpu": 1, "mem": 4}"#, ["cpu: 0.5 vCPU → 1 vCPU", "mem: 1 GiB → 4 GiB"]),
        (#"{"mem": "2"}"#, ["mem: 1 GiB → 2 GiB"]),
        (#"{"memory": 2.0}"#, ["mem: 1 GiB → 2 GiB"]),
        (#"{"memory": 2, "mem": "2.0"}"#, ["mem: 1 GiB → 2 GiB"]),
        (#"{"cpu": 0.25}"#, ["cpu: 0.5 vCPU → 0.25 vCPU"]),
        (#"{"cpu": "0.5", "mem": 1, "replicas": 2, "GOGC": 100.0}"#, []),
        (#"{"replicas": 3}"#, ["replicas: 2 tasks → 3 tasks"]),
        (#"{"replicas": "1"}"#, ["replicas: 2 tasks → 1 task"]),
        (#"{"GOGC": 90}"#, ["GOGC: 100 → 90"]),
        (#"{"MODE": "a"}"#, ["MODE: - → a"]),
        (#"{"MODE": "a", "GOGC": 90, "cpu": 0.25}"#, ["cpu: 0.5 vCPU → 0.25 vCPU", "GOGC: 100 → 90", "MODE: - → a"]),
        ("{}", []),
    ])
    func valuesBecomeChanges(values: String, changes: [String]) throws {
        let plan = try PlanSample().plan(values)
        #expect(plan.changeTexts == changes)
        #expect(plan.isEmpty == changes.isEmpty)
        #expect(plan.warnings == [])
    }

    @Test func onlyWhatChangesIsRegistered() throws {
        let sample = PlanSample()
        let plan = try sample.plan(#"{"cpu": 1, "mem": 4, "GOGC": 90, "replicas": 3}"#)
        var expected = sample.snapshot.taskDefinition.registrable
        expected["cpu"] = "1024"
        expected["memory"] = "4096"
        var container = expected["containerDefinitions"]?[0]?.objectValue ?? [:]
        container["environment"] = [["name": "GOGC", "value": "90"]]
        expected["containerDefinitions"] = [.object(container)]
        #expect(plan.registration == expected)
        #expect(plan.desiredCount == 3)
        #expect(plan.scaling == nil)
        #expect(plan.snapshot == sample.snapshot)
        try ServiceDescription(.ecs).operation("RegisterTaskDefinition").validate(.object(expected))
    }

    @Test func theRevisionStaysWhenOnlyTheNumberChanges() throws {
        let plan = try PlanSample().plan(#"{"replicas": 3}"#)
        #expect(plan.registration == nil)
        #expect(plan.desiredCount == 3)
    }

    @Test func noTasksAreANumberToo() throws {
        var sample = PlanSample()
        sample.component.replicas = SettingRule(.range(minimum: 0, maximum: 4, step: 1))
        #expect(try sample.plan(#"{"replicas": 0}"#).desiredCount == 0)
    }

    /// What is sent is the original's `str(value)`.
    @Test func variablesGetTheTextThatPythonWrites() throws {
        let values = [
            "90", "90.0", "\"90\"", "0.1", "1e16", "1e-5", "true", "false", "\"\"", "\"é\\n\"", "123456789012345678",
        ]
        let code = "import json,sys; print(json.dumps([str(json.loads(x)) for x in json.loads(sys.argv[1])]))"
        let input = JSONValue.array(values.map { .string($0) }).description
        let output = try Command.run(Workspace.python, ["-c", code, input]).output
        let expected = try JSONValue(parsing: output).arrayValue ?? []
        try #require(expected.count == values.count)
        for (value, text) in zip(values, expected) {
            var sample = PlanSample()
            sample.component.environment = [EnvironmentSetting("X", SettingRule(.any))]
            let plan = try sample.plan(#"{"X": \#(value)}"#)
            let environment = plan.registration?["containerDefinitions"]?[0]?["environment"]
            #expect(environment == [["name": "GOGC", "value": "100"], ["name": "X", "value": text]], "\(value)")
        }
    }

    /// An open record has them, where the run needs them.
    @Test(arguments: [("GOGC", "GOGC: (set) → (changed)"), ("NEW", "NEW: (not set) → (set)")])
    func valuesThatNoFileNamesAreNotTold(name: String, text: String) throws {
        let container: JSONObject = ["name": "app", "environment": [["name": "GOGC", "value": "former-secret"]]]
        var sample = PlanSample(containers: [container])
        sample.component.environment = [EnvironmentSetting(name, SettingRule(.any))]
        let plan = try sample.plan(#"{"\#(name)": "new-secret"}"#)
        let environment = plan.registration?["containerDefinitions"]?[0]?["environment"]?.arrayValue
        #expect(environment?.last == ["name": .string(name), "value": "new-secret"])
        let told = plan.lines(width: 40, colour: false).joined() + "\(plan.json) \(plan.changes)"
        #expect(!told.contains("secret"), "\(told)")
        #expect(plan.changeTexts == [text.replacing("(not set)", with: "-")])
        let record = try JSONEncoder().encodeToValue(plan)
        #expect(try JSONDecoder().decode(ServicePlan.self, from: record) == plan)
        // The same value again is no change, and no fault either.
        #expect(try sample.plan(#"{"GOGC": "former-secret"}"#).isEmpty)
        let refused = #expect(throws: AdjusterError.self) { try sample.plan(#"{"\#(name)": "secret", "cpu": 5}"#) }
        #expect(refused?.message.contains("secret") == false)
    }

    @Test func inAListATextIsOneOfItsOwn() throws {
        var sample = PlanSample()
        sample.component.environment = [EnvironmentSetting("GOGC", SettingRule(.list(["100", "100.0"])))]
        #expect(try sample.plan(#"{"GOGC": "100.0"}"#).changeTexts == ["GOGC: 100 → 100.0"])
    }

    @Test func aSettingMayNameItsContainerAndVariable() throws {
        let names = ["app", "proxy"]
        var sample = PlanSample(containers: names.map { ["name": .string($0), "environment": []] })
        var setting = EnvironmentSetting("PROXY_THREADS", SettingRule(.range(minimum: 1, maximum: 8, step: 1)))
        (setting.container, setting.variable) = ("proxy", "THREADS")
        sample.component.environment = [setting]
        let plan = try sample.plan(#"{"PROXY_THREADS": 4}"#)
        #expect(plan.changeTexts == ["PROXY_THREADS: - → 4"])
        #expect(
            plan.registration?["containerDefinitions"] == [
                ["name": "app", "environment": []],
                ["name": "proxy", "environment": [["name": "THREADS", "value": "4"]]],
            ])
    }

    // MARK: What is left out

    @Test func unknownSettingsAreWarnedOfAndTheOthersApplied() throws {
        let plan = try PlanSample().plan(#"{"GOGD": 1, "cpu": 0.25, "xyzzy": 2}"#)
        #expect(plan.changeTexts == ["cpu: 0.5 vCPU → 0.25 vCPU"])
        #expect(
            plan.warnings == [
                "component web input contains unknown setting(s): GOGD, xyzzy; nothing is done about them, did you mean "
                    + "GOGC for GOGD? The configuration has cpu, mem, replicas, GOGC, MODE, TOKEN"
            ])
    }

    @Test func aSettingThatIsNotConfiguredStays() throws {
        var sample = PlanSample()
        (sample.component.cpu, sample.component.memory, sample.component.replicas) = (nil, nil, nil)
        sample.component.environment = []
        let plan = try sample.plan(#"{"cpu": 1, "memory": 2, "replicas": 3}"#)
        #expect(plan.isEmpty)
        #expect(
            plan.warnings == [
                "component web input contains unknown setting(s): cpu, memory, replicas; nothing is done about them. "
                    + "The configuration has none"
            ])
    }

    // MARK: Auto scaling

    @Test(
        arguments: [
            // desired, bounds, wanted; then bounds, desired count
            (2, 1, 5, 3, 3, 5, 3), (2, 1, 5, 8, 8, 8, 8), (4, 1, 5, 3, 3, 5, nil), (4, 3, 5, 3, nil, nil, nil),
            (2, 1, 5, 2, nil, nil, nil), (2, 2, 2, 3, 3, 3, 3), (3, 3, 5, 1, 1, 5, nil),
        ] as [(Int, Int, Int, Int, Int?, Int?, Int?)])
    func theBoundsAreChanged(
        desired: Int, minimum: Int, maximum: Int, wanted: Int, newMinimum: Int?, newMaximum: Int?, count: Int?
    ) throws {
        var sample = PlanSample()
        sample.snapshot.service.desiredCount = desired
        sample.snapshot.scaling = .init(minimum: minimum, maximum: maximum)
        let plan = try sample.plan(#"{"replicas": \#(wanted)}"#)
        #expect(plan.scaling?.minimum == newMinimum)
        #expect(plan.scaling?.maximum == newMaximum)
        #expect(plan.desiredCount == count)
        #expect(plan.isEmpty == (newMinimum == nil))
        #expect(plan.changes.isEmpty == plan.isEmpty)
        #expect(plan.warnings.count == (wanted < desired ? 1 : 0))
    }

    @Test func theNumberIsLoweredAtOnceWhereAutoScalingDoesNot() throws {
        var sample = PlanSample()
        sample.snapshot.service.desiredCount = 4
        sample.snapshot.scaling = .init(minimum: 1, maximum: 5)
        sample.snapshot.scalesIn = false
        let plan = try sample.plan(#"{"replicas": 3}"#)
        #expect(plan.desiredCount == 3)
        #expect(plan.scaling?.minimum == 3)
        #expect(plan.changeTexts == ["replicas: 4 tasks, auto scaling 1 to 5 → 3 tasks, auto scaling 3 to 5"])
        #expect(plan.warnings == [])
    }

    @Test func thatAutoScalingCannotBeSeenIsToldWithANewNumberOnly() throws {
        var sample = PlanSample()
        sample.snapshot.warnings = ["denied"]
        #expect(try sample.plan(#"{"replicas": 3}"#).warnings == ["denied"])
        #expect(try sample.plan(#"{"replicas": 2, "cpu": 0.25}"#).warnings == [])
        #expect(try sample.plan("{}").warnings == [])
    }

    @Test func theChangeTellsTheBounds() throws {
        var sample = PlanSample()
        sample.snapshot.scaling = .init(minimum: 1, maximum: 5)
        #expect(
            try sample.plan(#"{"replicas": 8}"#).changeTexts == [
                "replicas: 2 tasks, auto scaling 1 to 5 → 8 tasks, auto scaling 8 to 8"
            ])
    }

    // MARK: Cost and record

    @Test func theCostIsThatOfAllTasks() throws {
        let sample = PlanSample()
        let plan = try sample.plan(#"{"cpu": 1, "mem": 4, "replicas": 3}"#)
        func price(_ cpu: Int, _ memory: Int) -> Double? {
            FargatePrices.monthly(
                cpu: cpu, memory: memory, on: sample.snapshot.service.platform, region: "eu-west-1")
        }
        let (before, after) = (price(512, 1_024), price(1_024, 4_096))
        #expect(plan.monthlyCost == (before.flatMap { before in after.map { [before * 2, $0 * 3] } }))
        var spot = sample
        (spot.snapshot.service.launchType, spot.snapshot.service.capacityProviders) = (nil, ["FARGATE_SPOT"])
        #expect(try spot.plan(#"{"cpu": 0.25}"#).monthlyCost == nil)
    }

    @Test func aRecordGivesTheSamePlanBack() throws {
        var sample = PlanSample()
        sample.snapshot.scaling = .init(minimum: 1, maximum: 5)
        let plan = try sample.plan(#"{"cpu": 1, "mem": 4, "replicas": 8, "MODE": "a", "no": 1}"#)
        let record = try JSONEncoder().encodeToValue(plan)
        #expect(try JSONDecoder().decode(ServicePlan.self, from: record) == plan)
    }

    // MARK: Express

    private func express() -> PlanSample {
        var sample = PlanSample()
        sample.snapshot.service.isExpress = true
        sample.component.allowsExpress = true
        sample.snapshot.express = [
            "primaryContainer": ["image": "app:1", "containerPort": 80, "environment": []],
            "scalingTarget": ["minTaskCount": 1, "maxTaskCount": 5, "autoScalingMetric": "AVERAGE_MEMORY"],
        ]
        return sample
    }

    @Test func anExpressServiceIsUpdatedByItsOwnOperation() throws {
        let plan = try express().plan(#"{"cpu": 1, "mem": 4, "GOGC": 90, "replicas": 3}"#)
        #expect(plan.registration == nil)
        #expect(plan.desiredCount == nil)
        #expect(
            plan.express == [
                "serviceArn": .string(plan.snapshot.service.arn), "cpu": "1024", "memory": "4096",
                "primaryContainer": [
                    "image": "app:1", "containerPort": 80, "environment": [["name": "GOGC", "value": "90"]],
                ],
                "scalingTarget": ["minTaskCount": 3, "maxTaskCount": 5, "autoScalingMetric": "AVERAGE_MEMORY"],
            ])
        let input = JSONValue.object(try #require(plan.express))
        try ServiceDescription(.ecs).operation("UpdateExpressGatewayService").validate(input)
    }

    @Test func onlyWhatChangesOfAnExpressServiceIsSent() throws {
        #expect(try express().plan(#"{"cpu": 0.25}"#).express?.keys == ["serviceArn", "cpu"])
    }

    @Test func theContainerOfAnExpressServiceIsMadeOfItsRevisionWhereItCannotBeRead() throws {
        var sample = PlanSample(containers: [
            [
                "name": "Main", "image": "app:1", "environment": [], "command": [], "essential": true,
                "portMappings": [["containerPort": 8080]], "secrets": [["name": "T", "valueFrom": "arn"]],
                "logConfiguration": [
                    "logDriver": "awslogs",
                    "options": ["awslogs-group": "g", "awslogs-stream-prefix": "p", "awslogs-region": "r"],
                ],
            ]
        ])
        (sample.snapshot.service.isExpress, sample.component.allowsExpress) = (true, true)
        let plan = try sample.plan(#"{"GOGC": 90}"#)
        #expect(
            plan.express?["primaryContainer"] == [
                "image": "app:1", "secrets": [["name": "T", "valueFrom": "arn"]], "containerPort": 8080,
                "awsLogsConfiguration": ["logGroup": "g", "logStreamPrefix": "p"],
                "environment": [["name": "GOGC", "value": "90"]],
            ])
        let input = JSONValue.object(try #require(plan.express))
        try ServiceDescription(.ecs).operation("UpdateExpressGatewayService").validate(input)
    }
}
