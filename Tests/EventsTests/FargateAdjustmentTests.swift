import Basics
import Events
import JSON
import Testing

@Suite struct FargateAdjustmentTests {
    private static let arn = "arn:aws:ecs:eu-central-1:123456789012:"
    private static let start = Timestamp(microseconds: 1_795_232_520_000_000)

    private static let restored: FargateAdjustment = {
        var outcome = FargateAdjustment.Outcome(
            component: "web", service: arn + "service/prod/web", .restored, "healthy on web:7 again")
        outcome.cause = .init("out-of-memory", "a container got more memory than its limit")
        outcome.taskDefinition = arn + "task-definition/web:7"
        outcome.formerTaskDefinition = arn + "task-definition/web:7"
        outcome.changes = [.init("cpu", from: "1 vCPU", to: "0.5 vCPU"), .init("MODE", from: nil, to: "fast")]
        outcome.warnings = ["web:8 stays"]
        (outcome.startedAt, outcome.endedAt) = (start, start + .seconds(90))
        return FargateAdjustment(
            id: "r1", state: .restored, at: start + .seconds(91), message: "healthy on web:7 again",
            outcomes: [outcome])
    }()
    private static let refused = FargateAdjustment(
        id: "r2", state: .refused, at: start, message: "cpu is out of range", error: "invalidInput")
    private static let bare = FargateAdjustment(
        id: "r3", state: .stillBroken, at: start, message: "m",
        outcomes: [.init(component: "web", service: "web", .stillBroken, "m")])

    @Test func theMessage() {
        #expect(
            Self.restored.text
                == #"{"type":"tocsin.fargate.adjustment","id":"r1","at":"2026-11-21T03:43:31Z","run":"r1","#
                + #""state":"restored","message":"healthy on web:7 again","outcomes":[{"component":"web","#
                + #""service":"arn:aws:ecs:eu-central-1:123456789012:service/prod/web","state":"restored","#
                + #""cause":{"kind":"out-of-memory","text":"a container got more memory than its limit"},"#
                + #""message":"healthy on web:7 again","#
                + #""taskDefinition":"arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7","#
                + #""formerTaskDefinition":"arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7","#
                + #""changes":[{"setting":"cpu","from":"1 vCPU","to":"0.5 vCPU"},{"setting":"MODE","to":"fast"}],"#
                + #""warnings":["web:8 stays"],"startedAt":"2026-11-21T03:42:00Z","endedAt":"2026-11-21T03:43:30Z"}]}"#)
        #expect(
            Self.refused.text
                == #"{"type":"tocsin.fargate.adjustment","id":"r2","at":"2026-11-21T03:42:00Z","run":"r2","#
                + #""state":"refused","message":"cpu is out of range","error":"invalidInput"}"#)
    }

    @Test("what is read is written again as it was", arguments: [restored.text, refused.text, bare.text])
    func readsWhatItWrites(text: String) throws {
        #expect(try FargateAdjustment(JSONValue(parsing: text)).text == text)
    }

    @Test(
        arguments: [
            ("type", "sla", #"type: is not "tocsin.fargate.adjustment""#), ("id", nil, "id: is missing"),
            ("state", "fine", #"state: "fine" is no end of an adjustment"#),
            ("message", 5, "message: must be a string"),
            ("at", "yesterday", #"at: "yesterday" is no time in ISO 8601"#),
            ("error", 5, "error: must be a string, not number"), ("outcomes", [5], "outcomes[0]: must be an object"),
            ("outcomes", [["component": "web"]], "outcomes[0].service: is missing"),
        ] as [(String, JSONValue, String)])
    func faults(key: String, value: JSONValue, fault: String) throws {
        try expect(fault, with: value, at: key, of: #require(Self.restored.json.objectValue)) { $0 }
    }

    @Test(
        arguments: [
            ("state", "fine", #"state: "fine" is no end of an adjustment"#), ("message", nil, "message: is missing"),
            ("cause", ["kind": "alarm"], "cause.text: is missing"), ("cause", "alarm", "cause: must be an object"),
            ("changes", [["setting": "cpu"]], "changes[0].to: is missing"),
            ("warnings", [1], "warnings: must be an array of strings"),
            ("startedAt", "x", #"startedAt: "x" is no time"#),
            ("endedAt", 5, "endedAt: must be a string"),
        ] as [(String, JSONValue, String)])
    func faultsOfAnOutcome(key: String, value: JSONValue, fault: String) throws {
        let message = Self.restored.json
        let outcome = try #require(message["outcomes"]?.arrayValue?.first?.objectValue)
        try expect("outcomes[0]." + fault, with: value, at: key, of: outcome) { outcome in
            var message = message.objectValue ?? [:]
            message["outcomes"] = .array([.object(outcome)])
            return message
        }
    }

    private func expect(
        _ fault: String, with value: JSONValue, at key: String, of object: JSONObject,
        in message: (JSONObject) -> JSONObject
    ) throws {
        var object = object
        object[key] = value
        let error = #expect(throws: EventError.self) { try FargateAdjustment(.object(message(object))) }
        #expect(error?.description.hasPrefix(fault) == true, "\(String(describing: error))")
    }

    /// A run of so many services, the last one still broken, each with one variable of this length.
    private static func run(services: Int, variable: Int) -> FargateAdjustment {
        let outcomes = (1...services).map { number in
            var outcome = FargateAdjustment.Outcome(
                component: "c\(number)", service: arn + "service/prod/c\(number)",
                number == services ? .stillBroken : .restored, String(repeating: "m", count: variable))
            outcome.changes = [.init("TEXT", from: nil, to: String(repeating: "ü", count: variable))]
            outcome.warnings = [String(repeating: "w", count: variable)]
            return outcome
        }
        return FargateAdjustment(id: "r", state: .stillBroken, at: start, message: "m", outcomes: outcomes)
    }

    @Test(
        "a message is cut only as far as it must be",
        arguments: [
            // Services, length of a variable; services in the message, length of the variable there.
            (1, 50_000, 1, 50_000), (1, 70_000, 1, 500), (100, 500, 100, 500), (100, 501, 100, 501),
            (100, 1_000, 100, 500), (200, 1_000, 100, nil),
        ] as [(Int, Int, Int, Int?)])
    func limits(services: Int, variable: Int, named: Int, kept: Int?) throws {
        let text = Self.run(services: services, variable: variable).text
        #expect(text.utf8.count <= FargateAdjustment.maximumBytes)
        let read = try FargateAdjustment(JSONValue(parsing: text))
        #expect(read.outcomes.count == named)
        #expect(read.outcomes.first?.changes.first?.to.count == kept)
        #expect(read.outcomes.contains { $0.state == .stillBroken })
        #expect(kept != nil || read.outcomes.first?.component == "c\(services)")
    }
}
