import AWS
import Basics
import Events
import Foundation
import JSON
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import UptimeChecker

/// The tracker with a scripted store and the real publisher against a scripted SNS.
@Suite(.timeLimit(.minutes(1))) struct ChangeTrackerTests {
    /// A store that fails when told, and that another run saves to while this one works.
    private final class Store: Sendable {
        struct State {
            var log: [String] = []
            var loadFails = false
            var saveFails = false
            /// How many saves work before the store takes nothing more; nil for all.
            var goodSaves: Int?
            /// What other runs save just before this one does.
            var others: [String] = []
        }
        let state = Mutex(State())
        let memory = StateStore.memory()

        /// The real store in memory, with these events on the way to it.
        var scripted: StateStore {
            StateStore(
                read: { [self] key, deadline in
                    try state.withLock { state in
                        state.log.append("load")
                        if state.loadFails { throw StateStoreError(.throttled, "slow down") }
                    }
                    return try await memory.document(key, until: deadline)
                }, readAll: { [memory] in try await memory.documents(until: $0) },
                write: { [self] text, key, condition, _, deadline in
                    let other = try state.withLock { state in
                        state.log.append("save")
                        if state.saveFails || state.goodSaves == 0 { throw StateStoreError(.denied, "no") }
                        state.goodSaves = state.goodSaves.map { $0 - 1 }
                        return state.others.isEmpty ? nil : state.others.removeFirst()
                    }
                    if let other { _ = try await memory.write(other, to: key, until: deadline) }
                    return try await memory.write(text, to: key, if: condition, until: deadline)
                }, remove: { [memory] in try await memory.remove($0, if: $1, until: $2) })
        }

        /// The states that are saved, by the keys of the endpoints.
        func states() async throws -> [String: String] {
            let json = try await memory.document("state", until: farFuture)?.json
            let states = json?["endpoints"]?.objectValue?.map { ($0.key, $0.value["state"]?.stringValue ?? "") } ?? []
            return Dictionary(uniqueKeysWithValues: states)
        }
    }

    private let store = Store()

    private func tracker(
        _ server: ScriptedServer?, topic: String = "arn:aws:sns:eu-central-1:1:t", writers: Int = 1
    ) throws -> ChangeTracker {
        let publisher = try server.map { server in
            try ChangePublisher(topic: topic, aws: TestAWS.configuration(awsVariables(at: server.url)))
        }
        let store = EndpointStateStore.document("state", in: store.scripted)
        return ChangeTracker(
            store: store, publish: publisher?.publish, thresholds: Thresholds(), region: "r",
            writers: writers, time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
    }

    /// Answers a batch: all published but for the messages that name one of the endpoints.
    static func answer(_ request: ServerRequest, refusing refused: [String] = []) -> Reply {
        let fields = form(request)
        var (done, failed) = ("", "")
        for number in 1...10 {
            let member = "PublishBatchRequestEntries.member.\(number)."
            guard let id = fields[member + "Id"], let message = fields[member + "Message"] else { break }
            if refused.contains(where: { message.contains("\"name\":\"\($0)\"") }) {
                failed += "<member><Id>\(id)</Id><Code>InternalError</Code><Message>oops</Message></member>"
            } else {
                done += "<member><Id>\(id)</Id><MessageId>m</MessageId></member>"
            }
        }
        let lists = "<Successful>\(done)</Successful><Failed>\(failed)</Failed>"
        return .http(200, body: "<R><PublishBatchResult>\(lists)</PublishBatchResult></R>")
    }

    static func form(_ request: ServerRequest) -> [String: String] {
        Dictionary(
            request.text.split(separator: "&").compactMap { field in
                let parts = field.split(separator: "=", omittingEmptySubsequences: false)
                    .map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
                return parts.count == 2 ? (parts[0], parts[1]) : nil
            }, uniquingKeysWith: { $1 })
    }

    private func published(_ server: ScriptedServer) throws -> [String] {
        try server.requests.flatMap { request in
            let fields = Self.form(request)
            return try (1...10).compactMap { fields["PublishBatchRequestEntries.member.\($0).Message"] }
                .map { try UptimeChange(JSONValue(parsing: $0)).id }
        }
    }

    @Test func aChangeIsPublishedAndSaved() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        let tracker = try tracker(server)
        var outcome = await tracker.track([try .sample("a", .down), try .sample("b", .up)], until: farFuture)
        #expect(outcome.changes.map(\.id) == ["g_a:down:\(runTime.microseconds)"])
        #expect(outcome.downSince == ["g_a": runTime])
        #expect(outcome.stateFailure == nil && outcome.publishingFailure == nil)
        let fields = Self.form(try #require(server.requests.first))
        #expect(fields["Action"] == "PublishBatch")
        #expect(fields["PublishBatchRequestEntries.member.1.Subject"] == "DOWN: g/a")
        #expect(fields["PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Name"] == "state")
        #expect(fields["PublishBatchRequestEntries.member.1.MessageGroupId"] == nil)

        outcome = await tracker.track([try .sample("a", .down, at: runTime + .seconds(60))], until: farFuture)
        #expect(outcome.changes.isEmpty)
        outcome = await tracker.track([try .sample("a", .up, at: runTime + .seconds(120))], until: farFuture)
        #expect(outcome.changes.map(\.state) == [.up])
        #expect(try published(server) == ["g_a:down:\(runTime.microseconds)", "g_a:up:\(runTime.microseconds)"])
        #expect(
            store.state.withLock { $0.log } == ["load", "save", "load", "save", "load", "load", "save"],
            "the start of an outage is saved before it is published; quiet runs write nothing")
    }

    @Test func anOrderedTopic() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        _ = await (try tracker(server, topic: "arn:aws:sns:eu-central-1:1:t.fifo")).track(
            [try .sample("a", .down)], until: farFuture)
        let fields = Self.form(try #require(server.requests.first))
        #expect(
            fields["PublishBatchRequestEntries.member.1.MessageDeduplicationId"]
                == "g_a:down:\(runTime.microseconds)".stableHash)
        #expect(fields["PublishBatchRequestEntries.member.1.MessageGroupId"] == "g/a".stableHash)
    }

    @Test func aMassOutageGoesInBatches() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        let results = try (0..<123).map { try CheckResult.sample("e\($0)", .down) }
        let outcome = await (try tracker(server)).track(results, until: farFuture)
        #expect(outcome.changes.count == 123)
        #expect(server.requests.count == 13)
        #expect(try Set(published(server)).count == 123)
    }

    @Test func whatWasNotPublishedIsPublishedByTheNextRun() async throws {
        let isTroubled = Mutex(true)
        let server = try ScriptedServer { request in
            Self.answer(request, refusing: isTroubled.withLock { $0 } ? ["b"] : [])
        }
        let tracker = try tracker(server)
        let results = try ["a", "b"].map { try CheckResult.sample($0, .down) }
        var outcome = await tracker.track(results, until: farFuture)
        #expect(outcome.changes.map(\.id) == ["g_a:down:\(runTime.microseconds)"])
        #expect(outcome.unpublished == ["g_b"])
        #expect(outcome.publishingFailure == "sns PublishBatch: InternalError oops")
        #expect(try await store.states() == ["g_a": "down", "g_b": "up"])
        isTroubled.withLock { $0 = false }
        outcome = await tracker.track(results, until: farFuture)
        #expect(outcome.changes.map(\.id) == ["g_b:down:\(runTime.microseconds)"])
        #expect(outcome.publishingFailure == nil)
    }

    @Test func aTopicThatRefusesGetsNoMoreCalls() async throws {
        let server = try ScriptedServer { _ in
            .http(
                403,
                body:
                    "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>"
            )
        }
        let results = try (0..<500).map { try CheckResult.sample("e\($0)", .down) }
        let outcome = await (try tracker(server)).track(results, until: farFuture)
        #expect(outcome.changes.isEmpty)
        #expect(outcome.unpublished.count == 500)
        #expect(outcome.publishingFailure?.contains("AuthorizationError: no") == true)
        #expect(server.requests.count <= 9)
        #expect(store.state.withLock { $0.log } == ["load", "save", "load"])
    }

    @Test func aCrashBetweenPublishingAndSavingRepeatsTheSameID() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        store.state.withLock { $0.goodSaves = 1 }
        let first = await (try tracker(server)).track([try .sample("a", .down)], until: farFuture)
        #expect(first.changes.map(\.id) == ["g_a:down:\(runTime.microseconds)"])
        #expect(first.stateFailure == "no")
        store.state.withLock { $0.goodSaves = nil }
        // Another process, a minute later.
        let later = try CheckResult.sample("a", .down, at: runTime + .seconds(60))
        let second = await (try tracker(server)).track([later], until: farFuture)
        #expect(second.changes.map(\.id) == ["g_a:down:\(runTime.microseconds)"])
        #expect(second.stateFailure == nil)
    }

    @Test("a store that takes nothing neither hides an outage nor repeats it with every run")
    func aStoreThatTakesNothing() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        store.state.withLock { $0.saveFails = true }
        let tracker = try tracker(server)
        for (minute, outcome) in [CheckResult.Outcome.down, .down, .up, .down].enumerated() {
            let result = try CheckResult.sample("a", outcome, at: runTime + .seconds(60 * minute))
            #expect(await tracker.track([result], until: farFuture).stateFailure == "no")
        }
        let (first, second) = (runTime.microseconds, (runTime + .seconds(180)).microseconds)
        #expect(try published(server) == ["g_a:down:\(first)", "g_a:up:\(first)", "g_a:down:\(second)"])
        store.state.withLock { $0.saveFails = false }
        let last = try CheckResult.sample("a", .down, at: runTime + .seconds(240))
        #expect(await tracker.track([last], until: farFuture).stateFailure == nil)
        #expect(try await store.states() == ["g_a": "down"])
        #expect(try published(server).count == 3)
    }

    @Test func aChangeThatAnotherRunPublishedIsNoFailure() async throws {
        let server = try ScriptedServer { Self.answer($0, refusing: ["a"]) }
        let other = EndpointState.next(nil, try .sample("a", .down), Thresholds(), region: "r").state
        let saved: JSONValue = ["endpoints": ["g_a": try #require(other).json]]
        store.state.withLock { $0.others = [saved.description] }
        let outcome = await (try tracker(server)).track(
            try ["a", "b"].map { try CheckResult.sample($0, .down) }, until: farFuture)
        #expect(outcome.changes.map(\.id) == ["g_b:down:\(runTime.microseconds)"])
        #expect(outcome.unpublished.isEmpty && outcome.publishingFailure == nil)
    }

    @Test func overlappingRunsPublishAChangeOnce() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        let other = EndpointState.next(nil, try .sample("a", .down), Thresholds(), region: "r").state
        let saved: JSONValue = ["endpoints": ["g_a": try #require(other).json]]
        store.state.withLock { $0.others = [saved.description] }
        let outcome = await (try tracker(server)).track(
            try ["a", "b"].map { try CheckResult.sample($0, .down) }, until: farFuture)
        #expect(try published(server) == ["g_b:down:\(runTime.microseconds)"], "the other run has published a")
        #expect(outcome.stateFailure == nil)
        // The start of the outages collides with what the other run saved.
        #expect(store.state.withLock { $0.log } == ["load", "save", "load", "save"])
    }

    @Test func aStateThatOthersKeepSavingIsGivenUp() async throws {
        store.state.withLock { $0.others = (0..<4).map { "{\"version\":\($0)}" } }
        let outcome = await (try tracker(nil)).track([try .sample("a", .down)], until: farFuture)
        #expect(outcome.stateFailure == "other runs saved the state 3 times while this run tried to")
        #expect(outcome.changes.count == 1)
    }

    @Test("shards that save their own endpoints to the same document only make one try again")
    func otherShardsSaveTheirs() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        store.state.withLock { state in
            state.others = (1...2).map { #"{"endpoints":{"g_z":{"state":"down","since":\#($0)}}}"# }
        }
        let outcome = await (try tracker(server, writers: 3)).track([try .sample("a", .down)], until: farFuture)
        #expect(outcome.stateFailure == nil)
        #expect(try published(server) == ["g_a:down:\(runTime.microseconds)"])
        #expect(try await store.states() == ["g_a": "down", "g_z": "down"])
        #expect(
            store.state.withLock { $0.log } == [
                "load", "save", "load", "save", "load", "save", "load", "save",
            ], "the start of the outage is saved, although others came first twice, and then the state")
    }

    @Test func withoutTheStateNothingIsPublishedUnlessThisProcessKnowsIt() async throws {
        let server = try ScriptedServer { Self.answer($0) }
        store.state.withLock { $0.loadFails = true }
        let tracker = try tracker(server)
        let cold = await tracker.track([try .sample("a", .down)], until: farFuture)
        #expect(cold.stateFailure == "slow down")
        #expect(cold.changes.isEmpty)
        store.state.withLock { $0.loadFails = false }
        _ = await tracker.track([try .sample("a", .down)], until: farFuture)
        store.state.withLock { $0.loadFails = true }
        let warm = await tracker.track([try .sample("a", .up, at: runTime + .seconds(60))], until: farFuture)
        #expect(warm.changes.map(\.state) == [.up])
        #expect(warm.stateFailure == "slow down")
        #expect(try published(server).count == 2)
    }
}
