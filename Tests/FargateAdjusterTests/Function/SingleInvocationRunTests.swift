import Basics
import FunctionRuntime
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// The function whose runs begin and end within one invocation.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SingleInvocationRunTests {
    private typealias Place = FunctionPlace

    @Test("off with a store: the invocation waits for the end, and the run is recorded")
    func offWithStore() async throws {
        let place = try Place(plays: ["slow"], variables: ["FARGATE_DURABLE": "off"])
        let answer = try await place.invoke(Place.adjust(), seconds: 900)
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(try await place.invoke(["status": "run-1"]) == answer)
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
    }

    @Test("off with a store: the way back begins before the invocation ends, and the timer ends what is left")
    func offWithStoreGoesBack() async throws {
        let place = try Place(plays: ["stuck"], variables: ["FARGATE_DURABLE": "off"])
        let first = try await place.invoke(Place.adjust(), seconds: 900)
        let answer = first["state"] == "running" ? try await place.untilIdle() : first
        #expect(answer["state"] == "restored", "\(answer)")
        #expect(answer["outcomes"]?.arrayValue?.first?["cause"]?["kind"] == "cancelled")
    }

    @Test("without a store the invocation waits for the end")
    func oneInvocation() async throws {
        let place = try Place(plays: ["slow"], isStored: false)
        let answer = try await place.invoke(Place.adjust(), seconds: 900)
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(try await place.invoke(Place.deployed)["state"] == "ignored")
        #expect(try await place.invoke(["recover": nil])["state"] == "ignored")
        #expect(try await place.invoke(["cancel": "run-1"])["state"] == "refused")
    }

    @Test(
        "without a store the way back begins early enough before the invocation ends", arguments: [900, 120] as [Int64])
    func margin(_ seconds: Int64) async throws {
        let place = try Place(plays: ["stuck"], isStored: false, variables: ["FARGATE_MARGIN": "300"])
        let start = place.service.clock.now
        let answer = try await place.invoke(Place.adjust(), seconds: seconds)
        #expect(answer["state"] == "restored", "\(answer)")
        let spent = place.service.clock.now - start
        #expect(spent >= .seconds(seconds == 900 ? 600 : 60))
        #expect(spent < .seconds(seconds))
        #expect(try place.service.state()["taskDefinition"] == .string(TestService.revision(1)))
    }
}
