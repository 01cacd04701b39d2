import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct HTTPCheckTests {
    @Test func observesTheResponse() async throws {
        let server = try ScriptedServer { _ in .http(418, headers: [("X-Kind", "teapot")], body: "short and stout") }
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url + "/pot"), "[BODY] == short and stout"))
        }
        #expect(observation.errors == [])
        #expect(observation.isConnected)
        #expect(observation.status == 418)
        #expect(observation.headers["x-kind"] == "teapot")
        #expect(observation.body == Array("short and stout".utf8))
        #expect(observation.ip == "127.0.0.1")
        #expect(observation.responseTime > .zero)
        #expect(observation.timings.connect > .zero)
        #expect(observation.certificateExpiration == nil)
        #expect(observation.domainExpiration == nil)
    }

    @Test func sendsMethodHeadersAndBody() async throws {
        let server = try ScriptedServer { _ in .http(200) }
        try await CheckBench.run { bench in
            let endpoint = try Endpoint.of(.http(url: server.url + "/query?x=1"), "[STATUS] == 200") {
                $0.method = "POST"
                $0.body = "{ users }"
                $0.isGraphQL = true
                $0.headers = ["Content-Type": "application/json", "Host": "shop.example", "X-Token": "abc"]
            }
            #expect(await bench.observe(endpoint).status == 200)
            _ = await bench.observe(try .of(.http(url: server.url), "[STATUS] == 200"))
        }
        let first = try #require(server.requests.first)
        #expect(first.method == "POST")
        #expect(first.target == "/query?x=1")
        #expect(first.headers.filter { $0.name.lowercased() == "host" }.map(\.value) == ["shop.example"])
        #expect(first.headers.first { $0.name.lowercased() == "x-token" }?.value == "abc")
        #expect(try JSONValue(parsing: first.body) == ["query": "{ users }"])
        let second = try #require(server.requests.last)
        #expect(second.method == "GET")
        #expect(second.body.isEmpty)
        #expect(second.headers.first { $0.name.lowercased() == "user-agent" }?.value == Endpoint.userAgent)
        #expect(!second.headers.contains { $0.name.lowercased() == "content-length" })
        #expect(server.connectionCount == 2)  // each check measures a connection of its own
    }

    @Test func doesNotReadABodyThatNoConditionNeeds() async throws {
        let closed = Gate()
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
            try connection.waitForClose()
            closed.open()
        })
        try await CheckBench.run { bench in
            let observation = await bench.observe(try .of(.http(url: server.url), "[STATUS] == 200"))
            #expect(observation.errors == [])
            #expect(observation.status == 200)
            #expect(observation.body == [])
            #expect(await closed.opened())
        }
    }

    @Test func keepsTheStatusWhenTheBodyIsCutOff() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        })
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url), "[BODY] == begun"))
        }
        #expect(observation.status == 200)
        #expect(observation.body == Array("begun".utf8))
        #expect(observation.errors.count == 1)
        #expect(observation.errors[0].contains("in the middle of the response"), "\(observation.errors)")
    }

    @Test(arguments: [(1 << 20, 0), ((1 << 20) + 1, 1), (3 << 20, 1)])
    func cutsALargeBody(size: Int, notes: Int) async throws {
        let server = try ScriptedServer { _ in .http(200, body: [UInt8](repeating: 0x80, count: size)) }
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url), "[BODY] != x"))
        }
        #expect(observation.errors == [])
        #expect(observation.body.count == 1 << 20)
        #expect(observation.body.allSatisfy { $0 == 0x80 })
        #expect(observation.notes.count == notes)
    }

    @Test(
        "of a body whose length alone is needed only the length is kept",
        arguments: [
            ("len([BODY]) > 0", "\u{80}", 300_000, 0), ("len([BODY]) > 0", "[", 300_000, 300_000),
            ("len([BODY]) > 0", "x", 3 << 20, 0), ("len([BODY].a) > 0", "x", 9, 9), ("[STATUS] == 200", "x", 9, 0),
        ])
    func keepsNoMoreOfABodyThanNeeded(condition: String, byte: String, size: Int, kept: Int) async throws {
        let server = try ScriptedServer { _ in .http(200, body: [UInt8](repeating: Array(byte.utf8).last!, count: size))
        }
        try await CheckBench.run { bench in
            let observation = await bench.observe(try .of(.http(url: server.url), condition))
            #expect(observation.errors == [])
            #expect(observation.body.count == kept)
            let length = condition == "[STATUS] == 200" ? 0 : min(size, 1 << 20)
            #expect(observation.bodyByteCount == length)
            if condition == "len([BODY]) > 0" {
                let result = [try Condition("len([BODY]) < 0")].evaluate(observation)[0]
                #expect(result.text == "len([BODY]) (\(length)) < 0")
            }
        }
    }

    @Test("bodies that are larger together than the limit are all read, one after the other")
    func largeBodiesWaitForOneAnother() async throws {
        let server = try ScriptedServer { _ in .http(200, body: [UInt8](repeating: 0x80, count: 300_000)) }
        var settings = CheckerSettings()
        settings.heldBodyBytes = 400_000
        try await CheckBench.run(settings: settings) { bench in
            let endpoint = try Endpoint.of(.http(url: server.url), "[BODY] != x")
            let sizes = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        let observation = await bench.observe(endpoint)
                        #expect(observation.errors == [])
                        // One may go beyond the limit.
                        #expect(bench.checker.bodies.used <= 700_000)
                        return observation.body.count
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sizes == [Int](repeating: 300_000, count: 40))
            #expect(bench.checker.bodies.used == 0)
        }
    }

    enum Stuck: CaseIterable, Sendable { case silent, head, body }

    @Test(arguments: Stuck.allCases) func endsInTime(stuck: Stuck) async throws {
        let closed = Gate()
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            if stuck != .silent { try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n") }
            if stuck == .body { try connection.send("\r\nhalf") }
            try connection.waitForClose()
            closed.open()
        })
        try await CheckBench.run { bench in
            var endpoint = try Endpoint.of(.http(url: server.url), "[BODY] == x")
            endpoint.client.timeout = .milliseconds(200)
            let observation = await bench.observe(endpoint)
            #expect(observation.isTimedOut)
            #expect(observation.status == (stuck == .body ? 200 : 0))
            #expect(observation.errors.count == 1)
            #expect(await closed.opened())
        }
    }

    @Test func endsAtTheRunsDeadline() async throws {
        let server = try ScriptedServer { _ in .hang }
        try await CheckBench.run { bench in
            let endpoint = try Endpoint.of(.http(url: server.url))
            #expect(await bench.observe(endpoint, within: .milliseconds(100)).isTimedOut)
            let late = await bench.observe(endpoint, within: .seconds(-1))
            #expect(late.isTimedOut && late.errors.count == 1 && !late.isConnected)
        }
    }

    @Test func cancellationClosesTheConnection() async throws {
        let (asked, closed) = (Gate(), Gate())
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            asked.open()
            try connection.waitForClose()
            closed.open()
        })
        try await CheckBench.run { bench in
            let endpoint = try Endpoint.of(.http(url: server.url))
            let task = Task { await bench.observe(endpoint) }
            await asked.opened()
            task.cancel()
            let observation = await task.value
            #expect(observation.errors == ["the run ended before this check did"])
            #expect(await closed.opened())
        }
    }

    @Test func followsRedirectsUnlessIgnored() async throws {
        let server = try ScriptedServer { request in
            request.target == "/9" ? .http(200, body: "there") : .http(302, headers: [("Location", "/9")])
        }
        try await CheckBench.run { bench in
            let followed = await bench.observe(try .of(.http(url: server.url), "[BODY] == there"))
            #expect(followed.status == 200 && followed.body == Array("there".utf8))
            let kept = await bench.observe(
                try .of(.http(url: server.url), "[STATUS] == 302") { $0.client.ignoresRedirect = true })
            #expect(kept.status == 302 && kept.headers["Location"] == "/9" && kept.errors == [])
        }
    }

    @Test("a result says which headers were not sent on to another server")
    func tellsWithheldHeaders() async throws {
        let other = try ScriptedServer { _ in .http(200) }
        let server = try ScriptedServer { _ in .http(302, headers: [("Location", other.url + "/")]) }
        let observation = try await CheckBench.run { bench in
            await bench.observe(
                try .of(.http(url: server.url), "[STATUS] == 200") { $0.headers = ["X-Token": "abc", "Accept": "a/b"] })
        }
        #expect(observation.notes == ["not sent to the other server that a redirect led to: X-Token"])
        #expect(other.requests[0]["X-Token"] == nil)
        #expect(other.requests[0]["Accept"] == "a/b")
    }

    @Test func aRedirectLoopIsReported() async throws {
        let server = try ScriptedServer { request in
            .http(302, headers: [("Location", request.target == "/a" ? "/b" : "/a")])
        }
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url + "/a"), "[STATUS] == 200"))
        }
        #expect(observation.errors == ["\(server.authority) redirects more than 10 times"])
        #expect(server.requests.count == 11)
    }

    @Test func usesTheProxy() async throws {
        let proxy = try ScriptedServer { _ in .http(200, body: "from the proxy") }
        for url in ["http://shop.invalid/x", "http://localhost:1/x"] {
            let observation = try await CheckBench.run { bench in
                await bench.observe(
                    try .of(.http(url: url), "[BODY] == x") {
                        $0.client.proxyURL = "http://user:password@\(proxy.authority)"
                    })
            }
            #expect(observation.body == Array("from the proxy".utf8))
            #expect(proxy.requests.last?.target == url)
        }
    }

    @Test("a dead proxy is named as such, and the target is not blamed")
    func aDeadProxyIsNamed() async throws {
        let proxy = try ScriptedServer { _ in .http(200) }
        proxy.stop()
        for (url, place) in [
            ("http://shop.invalid/", "shop.invalid:80"), ("https://shop.invalid/", "shop.invalid:443"),
        ] {
            let observation = try await CheckBench.run { bench in
                await bench.observe(
                    try .of(.http(url: url)) { $0.client.proxyURL = "http://user:pass-word-1@\(proxy.authority)" })
            }
            let expected = "connect to the proxy \(proxy.authority) for \(place): Connection refused"
            #expect(observation.errors == [expected])
            #expect(observation.isNotAsked)
        }
    }

    @Test("a redirect may lead to an international name")
    func aRedirectToAnInternationalName() async throws {
        let server = try ScriptedServer { _ in .http(302, headers: [("Location", "http://bücher.invalid/")]) }
        let observation = try await CheckBench.run { await $0.observe(try .of(.http(url: server.url))) }
        #expect(observation.errors.first?.contains("the name xn--bcher-kva.invalid ") == true, "\(observation.errors)")
    }

    @Test("a proxy that does not answer is named")
    func aSilentProxyIsNamed() async throws {
        let proxy = try ScriptedServer { _ in .hang }
        for (url, expected) in [
            (
                "http://shop.invalid/",
                "shop.invalid:80 did not answer through the proxy \(proxy.authority) within 200 ms"
            ),
            ("https://shop.invalid/", "the proxy \(proxy.authority) did not connect to shop.invalid:443 within 200 ms"),
        ] {
            let observation = try await CheckBench.run { bench in
                await bench.observe(
                    try .of(.http(url: url)) {
                        $0.client.proxyURL = proxy.url
                        $0.client.timeout = .milliseconds(200)
                    })
            }
            #expect(observation.errors == [expected])
        }
    }

    @Test("a fault behind a redirect says where the redirect came from")
    func aFaultBehindARedirect() async throws {
        let dead = try ScriptedServer { _ in .http(200) }
        dead.stop()
        let server = try ScriptedServer { request in
            .http(302, headers: [("Location", request.target == "/" ? "/2" : dead.url + "/")])
        }
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url + "/"), "[STATUS] == 200"))
        }
        let expected = "after 2 redirects from \(server.authority): connect to \(dead.authority): Connection refused"
        #expect(observation.errors == [expected])
    }

    @Test("a message names the check's limit, not what was left of it")
    func namesTheLimit() async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        for target in [CheckTarget.http(url: server.url), .tcp(host: "127.0.0.1", port: server.port)] {
            let observation = try await CheckBench.run { bench in
                await bench.observe(
                    try .of(target) {
                        $0.client.timeout = .milliseconds(300)
                        $0.body = "x"
                    })
            }
            #expect(observation.isTimedOut)
            #expect(observation.errors.count == 1)
            #expect(observation.errors[0].hasSuffix(" 300 ms"), "\(observation.errors)")
        }
    }

    @Test func aClosedPortIsNotConnected() async throws {
        let server = try ScriptedServer { _ in .http(200) }
        server.stop()
        let observation = try await CheckBench.run { bench in
            await bench.observe(try .of(.http(url: server.url)))
        }
        #expect(!observation.isConnected)
        #expect(observation.errors.count == 1)
        #expect(observation.errors[0].contains("Connection refused"), "\(observation.errors)")
    }
}
