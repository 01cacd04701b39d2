import JSON
import TextTables
import Testing

@testable import FargateAdjuster

/// What people and programs see of a plan.
@Suite struct ServicePlanTextTests {
    private func plan(_ values: String, _ change: (inout PlanSample) -> Void = { _ in }) throws -> ServicePlan {
        var sample = PlanSample()
        change(&sample)
        var plan = try sample.plan(values)
        plan.monthlyCost = [28.84, 115.36]
        return plan
    }

    private func text(_ plan: ServicePlan, _ width: Int, colour: Bool = false) -> String {
        plan.lines(width: width, colour: colour).joined(separator: "\n")
    }

    @Test func wide() throws {
        let plan = try plan(#"{"cpu": 1, "mem": 4, "MODE": "a", "replicas": 3, "no": 1}"#)
        #expect(
            text(plan, 200) == """
                web: service web of cluster default, on web:12
                  SETTING   NOW        THEN
                  cpu       0.5 vCPU   1 vCPU
                  mem       1 GiB      4 GiB
                  replicas  2 tasks    3 tasks
                  MODE      (not set)  a
                  a new revision of family web is registered, and replaces web:12
                  it is deployed rolling: new tasks start before, or as, the old ones stop
                  if it is not healthy within 20 min, or fails before, the adjuster takes it back, to web:12 with 2 tasks, \
                and looks until that is healthy
                  $28.84 → $115.36 a month at list price, +$86.52
                  warning: component web input contains unknown setting(s): no; nothing is done about them. The configuration \
                has cpu, mem, replicas, GOGC, MODE, TOKEN
                """)
    }

    @Test func narrow() throws {
        let plan = try plan(#"{"cpu": 1, "mem": 4, "replicas": 8}"#) {
            $0.snapshot.scaling = .init(minimum: 1, maximum: 5)
            $0.snapshot.service.strategy = "CANARY"
            ($0.snapshot.service.hasCircuitBreaker, $0.snapshot.service.rollsBack) = (true, true)
            $0.component.timeout = 90
        }
        #expect(
            text(plan, 40) == """
                web: service web of cluster default, on
                  web:12
                  cpu: 0.5 vCPU → 1 vCPU
                  mem: 1 GiB → 4 GiB
                  replicas: 2 tasks, auto scaling 1 to 5
                    → 8 tasks, auto scaling 8 to 8
                  a new revision of family web is
                    registered, and replaces web:12
                  auto scaling gets the bounds 8 to 8
                  it is deployed blue/green, and a small
                    part of the traffic is moved first
                  if it is not healthy within 90 s, or
                    fails before, ECS takes it back
                    itself, else the adjuster does, to
                    web:12 with 2 tasks, and looks until
                    that is healthy
                  $28.84 → $115.36 a month at list
                    price, +$86.52
                """)
    }

    @Test(arguments: [
        ("ROLLING", "it is deployed rolling"), ("BLUE_GREEN", "then all traffic is moved at once"),
        ("LINEAR", "the traffic is moved in equal steps"), ("CANARY", "a small part of the traffic is moved first"),
    ])
    func theStrategyIsTold(strategy: String, text: String) throws {
        let plan = try plan(#"{"cpu": 0.25}"#) { $0.snapshot.service.strategy = strategy }
        #expect(self.text(plan, 200).contains(text))
    }

    @Test func onlyTheNumberOfTasks() throws {
        let text = try text(plan(#"{"replicas": 1}"#), 200)
        #expect(text.contains("\n  the service gets 1 task, without a new deployment\n"))
        #expect(!text.contains("new revision"))
    }

    @Test func anExpressService() throws {
        let text = try text(
            plan(#"{"cpu": 0.25}"#) {
                ($0.snapshot.service.isExpress, $0.component.allowsExpress) = (true, true)
            }, 200)
        #expect(text.contains("\n  the Express service is updated as a whole, by UpdateExpressGatewayService\n"))
        #expect(text.contains("to the former values with 2 tasks"))
    }

    @Test func nothingToChange() throws {
        #expect(
            try text(plan("{}"), 200) == """
                web: service web of cluster default, on web:12
                  nothing to change
                """)
    }

    @Test(arguments: [
        ([10, 10.004], "$10.00 a month at list price, as before"),
        ([10, 10.01], "$10.00 → $10.01 a month at list price, +$0.01"),
        ([1_234.5, 0], "$1234.50 → $0.00 a month at list price, -$1234.50"), (nil, nil),
    ])
    func theCost(cost: [Double]?, text: String?) throws {
        var plan = try plan(#"{"cpu": 0.25}"#)
        plan.monthlyCost = cost
        #expect(plan.costText == text)
    }

    @Test(arguments: [40, 41, 60, 80, 120]) func noLineIsLongerThanTheTerminal(width: Int) throws {
        let plan = try plan(#"{"MODE": "\#(String(repeating: "x", count: 90))", "nö": 1, "cpu": 0.25}"#) {
            $0.component.environment = [
                EnvironmentSetting("MODE", SettingRule(.list([String(repeating: "x", count: 90)])))
            ]
            $0.snapshot.service.name = "服务-" + String(repeating: "w", count: 60)
        }
        for colour in [false, true] {
            for line in plan.lines(width: width, colour: colour) {
                #expect(line.withoutColours.displayWidth <= width, "\(line)")
            }
        }
    }

    @Test func coloursOnlyWhereTheyAreWanted() throws {
        let plan = try plan(#"{"cpu": 0.25, "no": 1}"#)
        #expect(!text(plan, 80).contains("\u{1B}"))
        #expect(text(plan, 80, colour: true).withoutColours == text(plan, 80))
        #expect(text(plan, 80, colour: true).contains("\u{1B}[32m0.25 vCPU\u{1B}[0m"))
    }

    @Test func aValueCannotSendCommandsToTheTerminal() throws {
        let plan = try plan(#"{"MODE": "a\u001b[2J"}"#) {
            $0.component.environment = [EnvironmentSetting("MODE", SettingRule(.list(["a\u{1B}[2J"])))]
        }
        for width in [40, 200] { #expect(!text(plan, width).contains("\u{1B}")) }
    }

    @Test func forPrograms() throws {
        let plan = try plan(#"{"cpu": 0.25, "MODE": "a", "no": 1}"#)
        #expect(
            plan.json == [
                "component": "web", "service": "arn:aws:ecs:eu-west-1:123456789012:service/default/web",
                "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12",
                "changes": [
                    ["setting": "cpu", "from": "0.5 vCPU", "to": "0.25 vCPU"],
                    ["setting": "MODE", "from": nil, "to": "a"],
                ],
                "monthlyCost": [28.84, 115.36], "warnings": .array(plan.warnings.map { .string($0) }),
            ])
    }
}

extension String {
    /// Without the escape sequences of colours.
    fileprivate var withoutColours: String {
        var text = ""
        var isInside = false
        for character in self {
            if character == "\u{1B}" { isInside = true }
            if !isInside { text.append(character) }
            if isInside, character == "m" { isInside = false }
        }
        return text
    }
}
