import Basics
import FunctionRuntime
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// Chat services that fail at random, and a queue that delivers again what failed: whatever happens, every notification
/// arrives at every output exactly once, and what has not arrived is reported.
@Suite struct RandomFailuresTests {
    private static let titles = (0..<12).map { "title-\($0)-end" }

    @Test(arguments: 0..<24) func nothingIsLostOrDoubled(seed: Int) async throws {
        let clock = TestClock(Sample.time)
        var random = SeededRandom(UInt64(seed))
        // Few that do not answer: these take real time.
        let silence: [ChatServer.Behaviour] = seed % 8 == 0 ? [.stalls] : []
        let servers = [try ChatServer(randomBehaviours(&random) + silence), try ChatServer(randomBehaviours(&random))]
        defer { servers.forEach { $0.stop() } }
        let rules = """
            outputs:
              hook: {kind: slack, url: "\(servers[0].url)/hook"}
              bot: {kind: slack-bot, token: xoxb-1, channel: C1, server: "\(servers[1].url)/api"}
            """
        let notifier = try await Notifier(
            Notifier.Configuration(
                environment: Environment(["NOTIFY_CONFIG_TEXT": rules, "NOTIFY_DIGEST": seed % 3 == 0 ? "3" : "0"])),
            environment: Environment([:]), http: Network.http.get(), time: clock.source,
            executor: Network.loop.get(), attemptTimeout: .seconds(3), aws: noAWS
        )
        var waiting = Array(Self.titles.indices)
        for _ in 0..<40 where !waiting.isEmpty {
            let event: JSONValue = [
                "Records": .array(waiting.map { SampleEvents.queueRecord(id: "\($0)", Self.titles[$0]) })
            ]
            let answer = try await notifier.handle(event.serialized(), .test(clock, remaining: .seconds(4)))
            let missing = waiting.filter { number in servers.contains { arrivals(number, at: $0) == 0 } }
            let failed = try JSONValue(parsing: answer.text)["batchItemFailures"]?.arrayValue ?? []
            waiting = failed.compactMap { $0["itemIdentifier"]?.stringValue }.compactMap { Int($0) }
            #expect(Set(waiting) == Set(missing), "what is reported is what has not arrived")
            clock.advance(.seconds(30))
        }
        for server in servers {
            #expect(Self.titles.indices.map { arrivals($0, at: server) } == Self.titles.map { _ in 1 })
        }
    }

    private func arrivals(_ number: Int, at server: ChatServer) -> Int {
        server.accepted.count { $0.text.contains(Self.titles[number]) }
    }

    private func randomBehaviours(_ random: inout SeededRandom) -> [ChatServer.Behaviour] {
        (0..<Int.random(in: 0...30, using: &random)).map { _ in
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<6: .accepts
            case 6..<9: .fails
            case 9..<11: .limits(seconds: Int.random(in: 0...6, using: &random))
            case 11: .limits(seconds: nil)
            case 12..<15: .answersWithAPage
            case 15: .declines("invalid_blocks")
            case 16: .declines("channel_is_archived")
            case 17..<19: .hangsUp
            default: .breaksOff
            }
        }
    }
}
