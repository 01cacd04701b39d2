import Basics
import Events
import JSON
import Testing

@testable import FargateAdjuster

@Suite(.serialized) struct AdjusterEventTests {
    private typealias Place = FunctionPlace

    private func read(_ value: JSONValue) throws -> AdjusterEvent {
        try AdjusterEvent(IncomingMessage(value: value, id: "m", time: Timestamp(secondsSinceEpoch: 0)))
    }

    private func fault(_ value: JSONValue) -> String {
        do {
            return "read as \(try read(value))"
        } catch let error as AdjusterError {
            return error.code == .invalidInput ? error.message : "\(error.code): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    private static let web = ECSServiceName("arn:aws:ecs:eu-central-1:123456789012:service/default/web")
    private static let webByName = ECSServiceName(name: "web", cluster: "default")

    private static let known: [(JSONValue, AdjusterEvent)] = [
        (["describe": nil], .describe(nil, configuration: nil)),
        (["describe": [:]], .describe(nil, configuration: nil)),
        (["describe": ["application": [:]]], .describe(nil, configuration: nil)),
        (["describe": ["components": ["web", "api"]]], .describe(["web", "api"], configuration: nil)),
        (["describe": nil, "config": ["fargate": [:]]], .describe(nil, configuration: ["fargate": [:]])),
        (["describe": nil, "config": nil], .describe(nil, configuration: nil)),
        (["status": "run-1"], .status("run-1")), (["cancel": "run_1"], .cancel("run_1")),
        (["recover": nil], .recover),
        (Place.event("Scheduled Event", [:], source: "aws.events"), .recover),
        (Place.deployed, .change(web, "SERVICE_DEPLOYMENT_COMPLETED: ECS deployment completed.")),
        (
            Place.event("ECS Service Action", ["eventName": "SERVICE_STEADY_STATE"]),
            .change(web, "SERVICE_STEADY_STATE")
        ),
        (
            // A service of before 2018 has no cluster in its ARN.
            Place.event(
                "ECS Service Action",
                [
                    "eventName": "SERVICE_STEADY_STATE",
                    "clusterArn": "arn:aws:ecs:eu-central-1:123456789012:cluster/shop",
                ], resource: "arn:aws:ecs:eu-central-1:123456789012:service/web"),
            .change(
                ECSServiceName("arn:aws:ecs:eu-central-1:123456789012:service/shop/web"), "SERVICE_STEADY_STATE")
        ),
        (Place.task(group: "service:web"), .change(webByName, "a task is STOPPED")),
        (
            Place.task(group: "service:web", ["stoppedReason": "Essential container exited"]),
            .change(webByName, "a task is STOPPED: Essential container exited")
        ),
        (
            Place.task(group: "family:web"),
            .ignored("arn:aws:ecs:eu-central-1:123456789012:task/default/0123 belongs to no service")
        ),
    ]

    @Test("what is asked for", arguments: known.indices)
    func events(_ index: Int) throws {
        let (value, expected) = Self.known[index]
        #expect(try read(value) == expected)
    }

    @Test("an adjustment is read as the driver's")
    func adjustment() throws {
        let request = AdjustmentRequest(components: [.init("web", [.init("cpu", 0.5)])])
        let wanted = Place.request(["cpu": ["value": 0.5]])
        #expect(try read(["adjust": wanted]) == .adjust(request, configuration: nil))
        #expect(try read(["plan": wanted, "config": "fargate: {}"]) == .plan(request, configuration: "fargate: {}"))
    }

    private static let unknown: [(JSONValue, String)] = [
        ("text", "expected an object."),
        ([:], "the event has none of describe, plan, adjust, cancel, status, recover"),
        (["adjst": [:]], "the event has none of describe, plan, adjust"),
        (["describe": nil, "status": "a"], "expected exactly one of them"),
        (["describe": nil, "cluster": "a"], "the event has an unknown member cluster"),
        (["cancel": "a", "config": [:]], "the event has an unknown member config"),
        (["describe": "web"], "describe is \"web\", expected null or {\"components\": [\"web\"]}"),
        (["describe": ["components": []]], "describe.components is [], expected names"),
        (["describe": ["components": ["web", 1]]], "expected names of components"),
        (["recover": "run-1"], "recover is \"run-1\", expected null"),
        (["status": nil], "status is null, expected the id of a run"),
        (["cancel": ""], "cancel is \"\", expected the id of a run"),
        (["cancel": "../open"], "expected the id of a run"),
        (["cancel": .string(String(repeating: "a", count: 65))], "expected the id of a run"),
        (Place.event("EC2 Instance State-change Notification", [:], source: "aws.ec2"), "of aws.ec2 came."),
        (Place.event("ECS Service Action", [:], resource: "arn:aws:ecs:r:1:task/a/b"), "names no service"),
        (Place.event("ECS Deployment State Change", [:], resource: "web"), "names no service"),
    ]

    @Test("what is not understood is told with what is expected", arguments: unknown.indices)
    func faults(_ index: Int) {
        let (value, expected) = Self.unknown[index]
        #expect(fault(value).contains(expected), "\(fault(value))")
    }

    @Test("every fault of an unknown event names the events that there are")
    func expectedEvents() {
        for value in [[:], "text", Place.event("Other", [:])] as [JSONValue] {
            #expect(fault(value).contains(AdjusterEvent.expected))
        }
    }

    @Test("the longest id of a run is taken, and one more byte is not; ids that are none become one")
    func runNames() {
        #expect(RunName.isValid(String(repeating: "a", count: 64)))
        #expect(!RunName.isValid(String(repeating: "a", count: 65)))
        #expect(!RunName.isValid("a/b"))
        #expect(RunName.of(message: "8e1c-1#0") == "8e1c-1")
        #expect(RunName.of(message: "8e1c-1#1").count == 32)
        #expect(RunName.of(message: "8e1c-1#1") != RunName.of(message: "8e1c-1#2"))
        let arn = "arn:aws:lambda:r:1:function:f:1/durable-execution/name/8e1c-2"
        #expect(RunName.of(execution: arn) == "8e1c-2")
    }
}
