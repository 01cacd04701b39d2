import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// What a watch tells, over several connections.
@Suite struct WatchTests {
    /// Short texts of events: `state a,b`, `added c`.
    private static func text(_ event: KubernetesWatchEvent) -> String {
        switch event {
        case .state(let objects): "state " + names(objects).joined(separator: ",")
        case .added(let object): "added " + names([object]).joined()
        case .modified(let object): "modified " + names([object]).joined()
        case .deleted(let object): "deleted " + names([object]).joined()
        }
    }

    /// Watches pods; after each event the next script is given to the server, after the last one the watch ends.
    private func events(_ cluster: TestCluster, _ scripts: [JSONValue], _ selector: KubernetesSelector = .init())
        async throws -> [String]
    {
        let seen = Locked<[String]>([])
        return try await cluster.client().watch(.pods, selector, until: .soon) { event in
            let events = seen.withLock { seen in
                seen.append(Self.text(event))
                return seen
            }
            guard events.count <= scripts.count else { return events }
            _ = try cluster.server.script(scripts[events.count - 1])
            return nil
        }
    }

    private func add(_ names: String..., app: String = "web") -> JSONValue {
        ["objects": ["api/v1/namespaces/shop/pods": .array(names.map { pod($0, app: app) })]]
    }

    @Test("a watch begins with all objects and tells each change once")
    func changes() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let events = try await events(cluster, [add("b"), add("b"), add("x", "c")])
            #expect(events == ["state a", "added b", "modified b", "added x"])
            let target = try #require(try cluster.targets().last)
            #expect(target.contains("watch=true&allowWatchBookmarks=true&resourceVersion="))
        }
    }

    @Test("a selector holds for the list and for the events")
    func selector() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            _ = try cluster.server.script(add("d", app: "db"))
            let events = try await events(cluster, [add("e", "f", app: "db")], "app=db")
            #expect(events == ["state d", "added e"])
        }
    }

    @Test("a connection that ends is replaced after the last bookmark, without a list")
    func reconnects() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            var ending = add("b").objectValue ?? [:]
            ending["end_watches"] = true
            // The server ends the watch after it has told of b; what comes then is of the next connection.
            let events = try await events(cluster, [.object(ending), add("c"), add("d")])
            #expect(events == ["state a", "added b", "added c", "added d"])
            let targets = try cluster.targets()
            #expect(targets.filter { !$0.contains("watch=true") }.count == 1)
        }
    }

    @Test("a connection that breaks is replaced where it broke")
    func cutConnection() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            try cluster.server.script([
                "faults": [["query": "watch=true", "cut": true], ["query": "watch=true", "status": 503]]
            ])
            let events = try await events(cluster, [add("b")])
            #expect(events == ["state a", "added b"])
        }
    }

    @Test("when the server has forgotten what happened, the watch tells the whole state again")
    func expired() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            var forgetting = add("b").objectValue ?? [:]
            forgetting["forget"] = true
            let gone: JSONValue = [
                "query": "watch=true", "status": 410, "body": ["kind": "Status", "reason": "Expired"],
            ]
            for script in [.object(forgetting), ["faults": [gone]]] as [JSONValue] {
                let events = try await events(cluster, [script, add("c")])
                #expect(events.first?.hasPrefix("state a") == true)
                #expect(
                    events.dropFirst().first?.hasPrefix("state a,b") == true
                        || events.dropFirst().first == "state a,b,c")
                #expect(events.last == "added c" || events.last == "modified c", "\(events)")
            }
        }
    }

    @Test("the body's error, and the deadline, end a watch")
    func ends() async throws {
        try await TestCluster.run { cluster in
            let client = try cluster.client()
            let failure = TransportError(.connectionClosed, "of the body")
            let thrown = await #expect(throws: TransportError.self) {
                try await client.watch(.pods, until: .soon) { _ -> Int? in throw failure }
            }
            #expect(thrown?.message == "of the body")
            // One second is the shortest that a watch asks for.
            let error = await #expect(throws: KubernetesError.self) {
                try await client.watch(.pods, until: .now() + .milliseconds(300)) { _ -> Int? in nil }
            }
            #expect(error?.code == .timedOut, "\(String(describing: error))")
        }
    }

    @Test("lines are cut out of pieces of any size", arguments: [1, 2, 3, 7, 100])
    func lines(size: Int) {
        let text = Array("one\n\ntwo\nthree\nrest".utf8)
        var buffer = LineBuffer(limit: 100)
        var lines: [String] = []
        for start in stride(from: 0, to: text.count, by: size) {
            _ = buffer.append(Array(text[start..<min(start + size, text.count)]))
            while let line = buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["one", "two", "three"])
    }

    @Test("a line above the limit is noticed")
    func longLine() {
        var buffer = LineBuffer(limit: 4)
        let fits = [[1, 2, 3, 4], [5], [6]].map { buffer.append($0) }
        #expect(fits == [true, true, false])
    }
}
