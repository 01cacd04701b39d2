import Basics
import Foundation
import JSON
import TestSupport
import TextTables
import Testing

@testable import Experiments

@Suite struct ExperimentPlanTests {
    /// Twelve instances, of which the action takes as many as it is asked for.
    private static let stop = NativeActivity(
        "chaosaws.ec2.actions", "stop_instances", .action, "Stops instances.",
        arguments: [.init("count", .integer, 1)],
        calls: [.read("ec2:DescribeInstances"), .change("ec2:StopInstances")],
        targets: { invocation in
            let count = Int(invocation.arguments["count"]?.intValue ?? 1)
            guard count >= 0 else { throw ExperimentError(.activityFailed, "no credentials") }
            return (0..<count).map {
                NativeActivity.Target(
                    kind: "ec2:instance", id: "i-0123456789abcdef\($0)", region: "eu-central-1",
                    tags: ["Name": "web-\($0)", "chaos": "allowed"], candidates: 12)
            }
        },
        undo: NativeActivity.Undo(
            "starts the instances that were running", calls: [.change("ec2:StartInstances")],
            capture: { _, _ in .null }, check: { _, _, _ in .restored }, restore: { _, _, _ in })
    ) { _, _ in
        Issue.record("a plan runs nothing")
        return .null
    }
    private static let delete = NativeActivity(
        "chaosaws.s3.actions", "delete_object", .action, "Deletes.", calls: [.change("s3:DeleteObject")]
    ) { _, _ in .null }

    private static let experiment = Samples.experiment(
        hypothesis: [
            Samples.activity(
                "the site answers",
                ["type": "http", "url": "https://shop.example.org/health?token=S3CRET", "timeout": [1, 2]],
                kind: "probe")
        ],
        method: [
            act("stop some", ["count": 3], pauses: ["after": 300]),
            act("delete", [:], function: "delete_object", module: "chaosaws.s3.actions"),
            Samples.activity(
                "look", ["type": "process", "path": "kubectl", "timeout": 5], kind: "probe", background: true),
        ], rollbacks: [act("start", ["count": 0])])

    private static func act(
        _ name: String, _ arguments: JSONObject, function: String = "stop_instances",
        module: String = "chaosaws.ec2.actions", pauses: JSONValue = [:]
    ) -> Activity {
        var activity = Samples.activity(
            name,
            [
                "type": "python", "module": .string(module), "func": .string(function),
                "arguments": .object(arguments),
            ])
        activity.declaration["pauses"] = pauses
        return activity
    }

    private func plan(_ experiment: Experiment, guard rules: String? = nil) async throws -> ExperimentPlan {
        let context = GuardContext(
            registry: ActivityRegistry([Self.stop, Self.delete]),
            substitution: Substitution(configuration: [:], secrets: [:]), now: .now(),
            places: ["": CallPlace(account: "111122223333", region: "eu-central-1")])
        let limits = try rules.map { try Guard(parsing: Array($0.utf8), source: "guard.yaml") }
        let planner = ExperimentPlanner(
            guard: limits, context: context,
            invocation: { _, provider in
                NativeActivity.Invocation(
                    arguments: provider["arguments"]?.objectValue ?? [:], configuration: [:], secrets: [:],
                    aws: try offlineAWS(), loop: try idleLoop.get(), time: TestClock().source, deadline: farFuture,
                    seed: 1)
            },
            policy: { used in .array(used.map { .string("\($0.activity.function) \($0.targets.count)") }) })
        return try await planner.plan(experiment)
    }

    @Test("a plan tells what would be hit, with what undo and which calls, and runs nothing")
    func steps() async throws {
        let plan = try await plan(Self.experiment)
        #expect(plan.steps.map(\.name) == ["the site answers", "stop some", "delete", "look", "start"])
        #expect(plan.steps[1].targets.count == 3)
        #expect(plan.steps[1].undo == "starts the instances that were running")
        #expect(
            plan.steps[1].calls.map(\.action) == ["ec2:DescribeInstances", "ec2:StopInstances", "ec2:StartInstances"])
        #expect(plan.steps.map(\.isIrreversible) == [false, false, true, false, false])
        #expect(
            plan.steps.map(\.provider) == [
                "http shop.example.org", "chaosaws.ec2.actions.stop_instances", "chaosaws.s3.actions.delete_object",
                "process kubectl", "chaosaws.ec2.actions.stop_instances",
            ])
        #expect(plan.policy == ["stop_instances 3", "delete_object 0", "stop_instances 0"])
        #expect(!plan.isRefused)
        #expect(!"\(plan.json)\(plan.lines())".contains("S3CRET"))
        #expect(plan.lines().contains("  the site answers: GET https://shop.example.org/health"))
        #expect(plan.json["steps"]?[0]?["request"] == "GET https://shop.example.org/health")
        #expect(plan.json["steps"]?[1]?["request"] == JSONValue.null)
    }

    @Test(
        "a plan names method and address of a request, and nothing of it that may be secret",
        arguments: [
            (
                ["url": "http://127.0.0.1:8080/faults/search", "method": "put"],
                "PUT http://127.0.0.1:8080/faults/search"
            ),
            (["url": "https://u:pass@a.example:443/x?token=S3CRET#y"], "GET https://a.example/x"),
            (["url": "http://[::1]:81"], "GET http://[::1]:81/"),
            (["url": "${site}/v1/orders"], "GET http://shop.example/v1/orders"),
            (["url": "http://a.example/${key}/x"], "GET http://a.example/***/x"),
            (
                ["url": "https://hooks.example/services/T0123/abcdefgh01234567/x", "method": "POST"],
                "POST https://hooks.example/services/T0123/***/x"
            ),
            (
                ["url": "http://a.example/v1.2/releases-2026.01.02.tar"],
                "GET http://a.example/v1.2/releases-2026.01.02.tar"
            ),
            (["url": "${unknown}/x"], "GET an address that is not known"), ([:], "GET an address that is not known"),
        ] as [(JSONObject, String)])
    func requests(provider: JSONObject, text: String) {
        let values = Substitution(
            configuration: ["site": "http://shop.example"], secrets: ["scope": ["key": "hunter2"]])
        var provider = provider
        provider["type"] = "http"
        #expect(PlannedCall.request(provider, values) == text)
        provider["type"] = "process"
        #expect(PlannedCall.request(provider, values) == nil)
    }

    @Test("a plan names the scripts that processes run")
    func scripts() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let script = folder.appending(path: "break").path
            try "#!/bin/sh\nexit 0\n".write(toFile: script, atomically: true, encoding: .utf8)
            let data = folder.appending(path: "data").path
            try "no script".write(toFile: data, atomically: true, encoding: .utf8)
            let values = Substitution(configuration: ["mode": "hard"], secrets: ["scope": ["key": "s3cret.sh"]])
            func scripts(_ path: String, _ arguments: JSONValue) -> [String] {
                PlannedCall.scripts(
                    ["type": "process", "path": .string(path), "arguments": arguments], values)
            }
            #expect(scripts("kubectl", ["get", "pods"]) == [])
            #expect(scripts("bash", ["-x", "faults/slow.sh", "${mode}", "faults/slow.sh"]) == ["faults/slow.sh"])
            #expect(scripts("python3", "faults/fill.py --size '1 GB'") == ["faults/fill.py"])
            #expect(scripts("sh", ["-c": "x", "--file": "a.sh"]) == ["a.sh"])
            #expect(scripts(script, .null) == [script])
            #expect(scripts("cat", [.string(data), "/dev/null", "/nowhere/x"]) == [])
            #expect(scripts("sh", ["${key}"]) == [])
            for word in ["PGPASSWORD=abc ./check.sh", "TOKEN=abc.sh", "https://user:pw@example.org/x.py", "/dev/tty"] {
                #expect(scripts("sh", ["-c", .string(word)]) == [])
            }
            let plan = try await plan(
                Samples.experiment(method: [
                    Samples.activity("break", ["type": "process", "path": "sh", "arguments": .string(script)])
                ]))
            #expect(plan.lines(width: 200).contains("  break: \(script)"))
            #expect(plan.json["steps"]?[0]?["scripts"] == [.string(script)])
        }
    }

    @Test("the guard's refusals are in the plan, those of targets too, each once")
    func refusals() async throws {
        let rules = """
            activities: {allow: [chaosaws.ec2.*], approval: [chaosaws.ec2.*]}
            targets: {maximum: 2}
            http: {allow: ["*"]}
            maximum-duration: 4m
            """
        let plan = try await plan(Self.experiment, guard: rules)
        #expect(plan.isRefused)
        let count = { (rule: String) in plan.refusals.count { $0.rule == rule } }
        #expect(count("targets.maximum") == 1)
        #expect(count("activities.allow") == 1)
        #expect(count("activities.background") == 1)
        #expect(count("processes") == 1)
        #expect(count("maximum-duration") == 1)
        #expect(count("targets.without-targets") == 1)
        #expect(plan.refusals.count == 6)
        #expect(plan.steps[1].needsApproval)
        #expect(!plan.steps[2].needsApproval)
    }

    @Test("targets that cannot be found make the plan incomplete, and do not end it")
    func unknownTargets() async throws {
        let plan = try await plan(Samples.experiment(method: [Self.act("stop", ["count": -1])]))
        #expect(plan.isIncomplete)
        #expect(plan.steps[0].failure == "no credentials")
        #expect(plan.lines().contains("  stop: no credentials"))
    }

    @Test("the time is that of the pauses at least, and with the limits of all activities at most")
    func time() async throws {
        let plan = try await plan(Self.experiment)
        #expect(plan.time == .init(least: .seconds(300), most: nil))
        func probe(_ timeout: JSONValue, _ pauses: JSONValue, background: Bool = false) -> Activity {
            var activity = Samples.activity(
                "p", ["type": "http", "url": "http://a/", "timeout": timeout], background: background)
            activity.declaration["pauses"] = pauses
            return activity
        }
        let bounded = Samples.experiment(
            hypothesis: [probe(2, [:])],
            method: [probe(5, ["before": 10, "after": 20]), probe(60, [:], background: true), probe([1, 3], [:])],
            rollbacks: [probe(7, [:])])
        // 35 s, then 60 s beside 4 s; the hypothesis twice.
        #expect(try await self.plan(bounded).time == .init(least: .seconds(30), most: .seconds(2 + 95 + 7 + 2)))
        let endless = Samples.experiment(method: [probe(1e300, [:])])
        #expect(try await self.plan(endless).time == .init(least: .zero, most: .seconds(1_000_000_000)))
        let unknown = Samples.experiment(method: [probe(5, ["before": "${pause}"])])
        #expect(try await self.plan(unknown).time == .init(least: nil, most: nil))
    }

    @Test(
        "operations are counted, priced, and refused above Lambda's limit", arguments: [(2_999, true), (3_000, false)])
    func cost(activities: Int, fits: Bool) async throws {
        let cost = try await plan(Self.experiment).cost
        // The run, two checks of the hypothesis, three activities of the method with two pauses and a part beside, one
        // rollback.
        #expect(cost.operations == 1 + 2 + 3 + 2 + 1 + 1)
        #expect(abs(cost.operationDollars - 10 * 0.000_008) < 1e-9)
        #expect(cost.dollars > cost.operationDollars)
        let activity = Samples.activity("p", ["type": "http", "url": "http://a/"])
        let many = try await plan(Samples.experiment(method: Array(repeating: activity, count: activities)))
        #expect(many.cost.fits == fits)
        #expect(many.isRefused == !fits)
    }

    @Test("no line is wider than the terminal, and the columns line up", arguments: [40, 80, 200])
    func text(width: Int) async throws {
        let rules = "activities: {allow: [chaosaws.*], approval: [chaosaws.ec2.*]}\ntargets: {maximum: 2}"
        let lines = try await plan(Self.experiment, guard: rules).lines(width: width)
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines.joined(separator: "\n"))")
        let header = try #require(lines.first { $0.hasPrefix("ACTIVITY") })
        let row = try #require(lines.first { $0.hasPrefix("stop some") })
        let column = try #require(header.range(of: "TARGETS")?.lowerBound)
        #expect(row[column...].hasPrefix("3 of 12"), "\(lines.joined(separator: "\n"))")
        #expect(lines.contains { $0.contains("i-0123456789abcdef2") })
        #expect(lines.contains("Refused"))
        let undo = try #require(header.range(of: "UNDO")?.lowerBound)
        #expect(row[undo...].hasPrefix("yes"))
        #expect(lines.contains("  delete"), "nothing undoes it")
        if width == 200 {
            #expect(lines.contains("  stop some, undone: starts the instances that were running"))
            #expect(lines.contains { $0.hasPrefix("  about $0.0") && $0.hasSuffix("10 operations (of 3000)") })
            #expect(lines.contains("  at least 5 m, without a limit: 3 activities have no timeout"))
        }
    }

    @Test func theJSONForm() async throws {
        let json = try await plan(Self.experiment, guard: "activities: {allow: []}").json
        #expect(json["title"] == "A test")
        #expect(json["steps"]?[1]?["targets"]?[0]?["id"] == "i-0123456789abcdef0")
        #expect(json["steps"]?[1]?["pause"] == 300)
        #expect(json["seconds"] == ["least": 300, "most": nil])
        #expect(json["cost"]?["operations"] == 10)
        #expect(json["refusals"]?[0]?["source"] == "guard.yaml")
        #expect((json["refusals"]?.arrayValue?.count ?? 0) > 3)
    }
}
