import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// What the server's refusals become, and which calls are repeated.
@Suite struct FailureTests {
    @Test("a Status becomes an error that says what was tried, why it failed and what to do")
    func status() async throws {
        try await TestCluster.run { cluster in
            let client = try cluster.client()
            let forbidden: JSONValue = [
                "kind": "Status", "reason": "Forbidden", "code": 403, "message": "pods \"a\" is forbidden: no",
            ]
            try cluster.server.script(["faults": [["status": 403, "body": forbidden]]])
            let error = await #expect(throws: KubernetesError.self) {
                try await client.delete(.pods, "a", until: .soon)
            }
            #expect(error?.code == .forbidden && error?.reason == "Forbidden" && error?.status == 403)
            #expect(
                error?.description == "delete pods/a in namespace shop: forbidden (403): pods \"a\" is forbidden: no. "
                    + "Grant the token of user u the verb delete on pods in namespace shop")
            let invalid = await #expect(throws: KubernetesError.self) {
                try await client.create(.pods, pod("A"), until: .soon)
            }
            #expect(invalid?.code == .invalid)
            #expect(
                invalid?.causes == [
                    .init(reason: "FieldValueInvalid", message: "must be lower case", field: "metadata.name")
                ])
            _ = try await client.create(.pods, pod("b"), until: .soon)
            let exists = await #expect(throws: KubernetesError.self) {
                try await client.create(.pods, pod("b"), until: .soon)
            }
            #expect(exists?.code == .alreadyExists)
        }
    }

    @Test("what a proxy answers instead of a Status is shown, cut short")
    func noStatus() async throws {
        try await TestCluster.run { cluster in
            let page = String(repeating: "<html>", count: 1_000)
            try cluster.server.script(["faults": [["status": 418, "body": .string(page)]]])
            let client = try cluster.client()
            let error = await #expect(throws: KubernetesError.self) { try await client.get(.pods, "a", until: .soon) }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("<html>") == true)
            #expect((error?.message.utf8.count ?? 0) < 400)
        }
    }

    /// A fault, a verb that is safe to repeat or not, and how often it is then sent.
    private static let repeats: [(fault: JSONValue, isRead: Bool, attempts: Int)] = [
        (["status": 429], true, 2), (["status": 429], false, 2),
        (["status": 503, "headers": ["Retry-After": "7"]], true, 2),
        (["status": 503, "headers": ["Retry-After": "7"]], false, 2),
        (["status": 503], true, 2), (["status": 503], false, 1),
        (["status": 500], true, 2), (["status": 500], false, 1),
        (["status": 501], true, 1), (["status": 404], true, 1), (["status": 409], false, 1),
        (["cut": true], true, 2), (["cut": true], false, 1),
    ]

    @Test("calls are repeated where that is safe, after the pause that the server asks for")
    func repeating() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            for (fault, isRead, attempts) in Self.repeats {
                let earlier = try cluster.server.script(["faults": [fault]]).count
                let clock = TestClock(.now())
                let client = try cluster.client(time: clock.source)
                let deadline = clock.now + .seconds(60)
                let call: @Sendable () async throws -> Void = {
                    if isRead {
                        _ = try await client.get(.pods, "a", until: deadline)
                    } else {
                        _ = try await client.patch(.pods, "a", .merge(["x": 1]), until: deadline)
                    }
                }
                if attempts == 1 {
                    await #expect(throws: KubernetesError.self, "\(fault)") { try await call() }
                } else {
                    try await call()
                    let pause = fault["headers"] == nil ? Duration.milliseconds(375) : .seconds(7)
                    #expect(clock.sleeps == [pause], "\(fault)")
                }
                #expect(try cluster.requests().count - earlier == attempts, "\(fault)")
            }
        }
    }

    @Test("no pause goes past the deadline, and nothing is sent after it")
    func deadline() async throws {
        try await TestCluster.run { cluster in
            let fault: JSONValue = ["status": 503, "headers": ["Retry-After": "7"], "times": 9]
            try cluster.server.script(["faults": [fault]])
            let clock = TestClock(.now())
            let client = try cluster.client(time: clock.source)
            let error = await #expect(throws: KubernetesError.self) {
                try await client.get(.pods, "a", until: clock.now + .seconds(20))
            }
            #expect(error?.code == .serverFailed && error?.retryAfter == .seconds(7))
            #expect(clock.sleeps == [.seconds(7), .seconds(7)])
            let late = await #expect(throws: KubernetesError.self) {
                try await client.get(.pods, "a", until: clock.now)
            }
            #expect(late?.code == .timedOut)
            #expect(try cluster.requests().count == 3)
        }
    }

    @Test("an eviction that a budget does not allow is told, tried again, and given up at the deadline")
    func eviction() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a", "b")
            try cluster.server.script(["budget": 2])
            let clock = TestClock(.now())
            let client = try cluster.client(time: clock.source)
            let told = Locked<[String]>([])
            let outcome = try await client.evict(
                "a", options: KubernetesDeleteOptions(gracePeriodSeconds: 5), until: clock.now + .seconds(60)
            ) { error in told.withLock { $0.append(error.message) } }
            #expect(outcome == .evicted)
            #expect(clock.sleeps == [.seconds(10), .seconds(10)])
            #expect(told.withLock { $0.count } == 2)
            #expect(told.withLock { $0[0].contains("The disruption budget web needs 2 healthy pods") })
            let sent = try #require(try cluster.requests().last)
            #expect(sent["target"] == "/api/v1/namespaces/shop/pods/a/eviction")
            #expect(sent["body"]?["apiVersion"] == "policy/v1")
            #expect(sent["body"]?["deleteOptions"]?["gracePeriodSeconds"] == 5)
            #expect(try await client.evict("a", until: clock.now + .seconds(60)) == .alreadyGone)

            try cluster.server.script(["budget": 99])
            let error = await #expect(throws: KubernetesError.self) {
                try await client.evict("b", until: clock.now + .seconds(25))
            }
            #expect(error?.code == .tooManyRequests)
            #expect(error?.description.hasPrefix("evict pods/b in namespace shop: too many requests (429)") == true)
            #expect(error?.description.contains("asked 3 times until the deadline") == true, "\(error?.message ?? "")")
        }
    }

    @Test("a log is read as far as asked")
    func logs() async throws {
        try await TestCluster.run { cluster in
            var web = pod("a").objectValue ?? [:]
            web["metadata"] = ["name": "a", "annotations": ["log": "one\ntwo\nthree\n"]]
            try cluster.server.script(["objects": ["api/v1/namespaces/shop/pods": [.object(web)]]])
            let client = try cluster.client()
            #expect(try await client.logs("a", until: .soon) == "one\ntwo\nthree\n")
            let options = PodLogOptions(
                container: "main", isPrevious: true, tailLines: 1, sinceSeconds: 60, hasTimestamps: true,
                maximumBytes: 100)
            #expect(try await client.logs("a", options, until: .soon) == "three\n")
            #expect(
                try cluster.targets().last
                    == "GET /api/v1/namespaces/shop/pods/a/log?limitBytes=100&container=main&previous=true&tailLines=1"
                    + "&sinceSeconds=60&timestamps=true")
        }
    }
}
