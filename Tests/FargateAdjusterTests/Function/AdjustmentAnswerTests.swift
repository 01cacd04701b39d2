import Basics
import Events
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite(.serialized) struct AdjustmentAnswerTests {
    private static func outcome(_ state: AdjustmentOutcome.State, _ component: String = "web") -> AdjustmentOutcome {
        AdjustmentOutcome(component: component, service: "s", state, "\(component) is \(state.rawValue)")
    }

    private static let table: [([AdjustmentOutcome.State], String)] = [
        ([.succeeded], "succeeded"), ([.unchanged], "unchanged"), ([.unchanged, .succeeded], "succeeded"),
        ([.succeeded, .nothingToRestore], "nothing to restore"), ([.nothingToRestore, .restored], "restored"),
        ([.restored, .stillBroken, .unchanged], "still broken"),
    ]

    @Test("the state of a run is that of its worst service", arguments: table.indices)
    func worst(_ index: Int) {
        let (states, expected) = Self.table[index]
        #expect(AdjustmentAnswer(states.map { Self.outcome($0) }, run: "r").state == expected)
    }

    @Test("a refusal says its kind, and is no failure unless it is one")
    func refusals() {
        let refused = AdjustmentAnswer.refused(AdjusterError(.refused, "not now"), run: "r").json
        #expect(refused == ["run": "r", "state": "refused", "error": "refused", "message": "not now"])
        #expect(AdjustmentAnswer.refused(AdjusterError(.failed, "f")).json["state"] == "failed")
        #expect(AdjustmentAnswer.refused(AdjusterError(.invalidInput, "f")).json["error"] == "invalidInput")
    }

    @Test("the subject of an e-mail has at most 100 characters of ASCII")
    func subjects() {
        let answer = AdjustmentAnswer([Self.outcome(.restored, "wéb"), Self.outcome(.restored, "api")], run: "r")
        #expect(answer.subject == "Fargate adjustment of wb, api: restored")
        let long = String(repeating: "a", count: 200)
        #expect(AdjustmentAnswer([Self.outcome(.restored, long)], run: "r").subject.utf8.count == 100)
    }

    /// Every member of an outcome is set.
    private static func full(_ state: AdjustmentOutcome.State) -> AdjustmentOutcome {
        var outcome = outcome(state)
        outcome.cause = FailureCause(.outOfMemory, "a container got more memory than its limit")
        (outcome.taskDefinition, outcome.formerTaskDefinition) = ("web:8", "web:7")
        outcome.changes = [.init("cpu", from: "1 vCPU", to: "0.5 vCPU"), .init("MODE", from: nil, to: "fast")]
        outcome.warnings = ["web:8 stays"]
        outcome.startedAt = Timestamp(microseconds: 1_795_232_520_000_000)
        outcome.endedAt = Timestamp(microseconds: 1_795_232_580_250_000)
        return outcome
    }

    private static let answers: [AdjustmentAnswer] =
        [.succeeded, .unchanged, .restored, .nothingToRestore, .stillBroken].map { .init([full($0)], run: "r") } + [
            AdjustmentAnswer([outcome(.restored), full(.stillBroken)], run: "r"), AdjustmentAnswer([], run: "r"),
            .refused(AdjusterError(.invalidInput, "no"), run: "r"), .refused(AdjusterError(.failed, "no"), run: "r"),
        ]

    @Test("the message is the answer with type, id and time, and can be read", arguments: answers.indices)
    func message(_ index: Int) throws {
        let answer = Self.answers[index]
        let text = answer.adjustment(at: Timestamp(microseconds: 1_795_232_581_000_000)).text
        var message = try #require(JSONValue(parsing: text).objectValue)
        #expect(try FargateAdjustment(.object(message)).text == text)
        #expect(message["type"] == "tocsin.fargate.adjustment")
        #expect(message["id"] == "r")
        #expect(message["at"] == "2026-11-21T03:43:01Z")
        for name in ["type", "id", "at"] { message[name] = nil }
        #expect(JSONValue.object(message) == answer.json)
    }

    @Test("the outcome is published once, with the run's id; a topic that is away does not change the answer")
    func published() async throws {
        let topic = try ScriptedServer { _ in
            .http(
                200,
                body: "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
        }
        defer { topic.stop() }
        let variables = ["FARGATE_RESULT_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:outcomes"]
        let place = try FunctionPlace(
            plays: ["crash"], variables: variables.merging(["AWS_ENDPOINT_URL_SNS": topic.url]) { $1 })
        #expect(try await place.invoke(FunctionPlace.adjust())["state"] == "running")
        #expect(topic.requests.isEmpty)
        let answer = try await place.untilIdle()
        #expect(answer["state"] == "restored")
        #expect(topic.requests.count == 1)
        let text = topic.requests.first?.text ?? ""
        for part in ["tocsin.fargate.adjustment", "run-1", "restored"] { #expect(text.contains(part), "\(text)") }

        let refused = try await place.invoke(FunctionPlace.adjust(cpu: "16"), request: "run-2")
        #expect(refused["state"] == "refused")
        #expect(topic.requests.count == 2)

        topic.stop()
        let away = try await place.invoke(FunctionPlace.adjust(cpu: "16"), request: "run-3")
        #expect(away["state"] == "refused")
    }
}
