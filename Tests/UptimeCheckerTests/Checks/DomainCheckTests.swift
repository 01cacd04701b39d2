import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct DomainCheckTests {
    /// A server that is IANA's list and the registry of `.shop`.
    /// - Parameter answer: the registry's answer for a domain.
    private static func server(
        _ answer: @escaping @Sendable (_ domain: String) -> Reply
    ) throws -> (server: ScriptedServer, settings: CheckerSettings) {
        let port = Locked<UInt16>(0)
        let server = try ScriptedServer { request in
            if request.target == "/dns.json" {
                let base = "http://127.0.0.1:\(port.withLock { $0 })/rdap"
                return .http(200, body: #"{"services": [[["nowhere"], []], [["org", "SHOP"], ["\#(base)"]]]}"#)
            }
            guard request.target.hasPrefix("/rdap/domain/") else { return .http(500) }
            return answer(String(request.target.dropFirst("/rdap/domain/".count)))
        }
        port.withLock { $0 = server.port }
        var settings = CheckerSettings()
        settings.registry = RDAPRegistry(bootstrapURL: server.url + "/dns.json", known: [:])
        return (server, settings)
    }

    private static func registered(until date: String) -> Reply {
        .http(
            200, headers: [("Content-Type", "application/rdap+json")],
            body: #"""
                {"objectClassName": "domain", "events": [
                {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
                {"eventAction": "expiration", "eventDate": "\#(date)"}]}
                """#)
    }

    /// An endpoint whose check ends at once, so that a test sees only the domain.
    private static func endpoint(
        _ host: String, _ condition: String = "[DOMAIN_EXPIRATION] > 720h"
    ) throws -> Endpoint {
        // UDP without a body sends nothing; the name is found by the server below.
        try .of(.udp(host: host, port: 9), condition)
    }

    private func withBench(
        _ settings: CheckerSettings, _ clock: TestClock = TestClock(),
        _ body: @Sendable (CheckBench) async throws -> Void
    ) async throws {
        let names = try NameServer { _ in .addresses(["127.0.0.1"]) }
        var settings = settings
        settings.nameServers = [try #require(SocketAddress(ip: "127.0.0.1", port: names.port))]
        try await CheckBench.run(
            settings: settings, time: { loop in clock.source(realSleep: { try await loop.sleep(for: $0) }) }, body)
    }

    private static func lookups(_ server: ScriptedServer) -> [String] {
        server.requests.map(\.target).filter { $0 != "/dns.json" }
    }

    @Test func asksForShorterNamesUntilOneIsRegistered() async throws {
        let (server, settings) = try Self.server { domain in
            domain == "acme.co.shop" ? Self.registered(until: "2027-02-15T08:00:00Z") : .http(404)
        }
        try await withBench(settings) { bench in
            let observation = await bench.observe(try Self.endpoint("a.b.www.acme.co.shop"))
            #expect(observation.errors == [])
            // The clock stands at 2027-01-15T08:00:00Z.
            #expect(observation.domainExpiration == .seconds(31 * 86_400))
        }
        #expect(Self.lookups(server) == ["/rdap/domain/www.acme.co.shop", "/rdap/domain/acme.co.shop"])
        #expect(server.requests.first?.target == "/dns.json")
    }

    @Test func anExpiredDomainIsNegative() async throws {
        let (server, settings) = try Self.server { _ in Self.registered(until: "2027-01-14T08:00:00Z") }
        try await withBench(settings) { bench in
            let observation = await bench.observe(try Self.endpoint("acme.shop"))
            #expect(observation.domainExpiration == .seconds(-86_400))
        }
        #expect(Self.lookups(server).count == 1)
    }

    @Test func isLookedUpOnlyWhenNeeded() async throws {
        let (server, settings) = try Self.server { _ in Self.registered(until: "2028-01-01T00:00:00Z") }
        try await withBench(settings) { bench in
            let endpoint = try Self.endpoint("acme.shop", "[CONNECTED] == true")
            #expect(await bench.observe(endpoint).domainExpiration == nil)
            #expect(server.requests.isEmpty)
            #expect(await bench.observe(endpoint, needsDomain: true).domainExpiration != nil)
        }
    }

    /// A domain that only metrics need fails no check, and is not looked up for hosts without one.
    @Test(arguments: [("acme.shop", 1), ("127.0.0.1", 0), ("localhost", 0), ("a.b.localhost", 0)])
    func failsNoCheckWithoutSuchACondition(host: String, notes: Int) async throws {
        let (server, settings) = try Self.server { _ in .http(503) }
        try await withBench(settings) { bench in
            let observation = await bench.observe(try Self.endpoint(host, "[CONNECTED] == true"), needsDomain: true)
            #expect(observation.isConnected && observation.errors == [] && observation.notes.count == notes)
        }
        #expect(Self.lookups(server).count == notes)
    }

    @Test func oneRequestServesManyEndpoints() async throws {
        let gate = Gate()
        let (server, settings) = try Self.server { _ in .after(gate, Self.registered(until: "2028-01-01T00:00:00Z")) }
        try await withBench(settings) { bench in
            await withTaskGroup(of: Duration?.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let endpoint = try? Self.endpoint(index % 2 == 0 ? "acme.shop" : "www.acme.shop")
                        guard let endpoint else { return nil }
                        return await bench.observe(endpoint).domainExpiration
                    }
                }
                gate.open()
                for await expiration in group { #expect(expiration != nil) }
            }
        }
        #expect(Self.lookups(server) == ["/rdap/domain/acme.shop"])
        #expect(server.requests.count == 2)
    }

    @Test func anAnswerIsCachedForHours() async throws {
        let clock = TestClock()
        let (server, settings) = try Self.server { _ in Self.registered(until: "2028-01-01T00:00:00Z") }
        try await withBench(settings, clock) { bench in
            let endpoint = try Self.endpoint("acme.shop")
            // The test's random number is one half, so the lifetime is 18 hours.
            for (step, count) in [(0, 1), (17 * 3_600, 1), (3_601, 2)] {
                clock.advance(.seconds(step))
                #expect(await bench.observe(endpoint).domainExpiration != nil)
                #expect(Self.lookups(server).count == count)
            }
        }
    }

    @Test func aFailureIsCachedForMinutesAndAnOldAnswerServes() async throws {
        let clock = TestClock()
        let isBroken = Locked(true)
        let (server, settings) = try Self.server { _ in
            isBroken.withLock { $0 } ? .http(503) : Self.registered(until: "2028-01-01T00:00:00Z")
        }
        try await withBench(settings, clock) { bench in
            let endpoint = try Self.endpoint("acme.shop")
            let steps = [(0, true, 1), (299, false, 1), (2, false, 2), (20 * 3_600, true, 3), (1, true, 3)]
            for (step, broken, count) in steps {
                clock.advance(.seconds(step))
                isBroken.withLock { $0 = broken }
                let observation = await bench.observe(endpoint)
                #expect(Self.lookups(server).count == count)
                if count == 1 {
                    let reason = "when the domain acme.shop expires is not known: 127.0.0.1 answered 503"
                    #expect(observation.errors == [reason])
                    #expect(observation.isConnected && observation.domainExpiration == nil)
                } else {
                    #expect(observation.errors == [] && observation.domainExpiration != nil)
                }
            }
        }
    }

    @Test(arguments: [
        ("acme.nowhere", "the registry of .nowhere offers no RDAP service"),
        ("shop.org", "does not publish when shop.org"), ("acme.shop", "the registry knows no domain acme.shop"),
        ("127.0.0.1", "127.0.0.1 belongs to no domain"),
        ("localhost", "localhost belongs to no domain"),
    ])
    func unknownExpirationsAreReported(host: String, reason: String) async throws {
        let (server, settings) = try Self.server { $0 == "shop.org" ? .http(200, body: "{}") : .http(404) }
        try await withBench(settings) { bench in
            let observation = await bench.observe(try Self.endpoint(host))
            #expect(observation.errors.count == 1 && observation.domainExpiration == nil)
            #expect(observation.errors.joined().contains(reason), "\(observation.errors)")
        }
        #expect(Self.lookups(server).count == (host == "shop.org" || host == "acme.shop" ? 1 : 0))
    }

    @Test func aStuckRegistryEndsAtTheTimeout() async throws {
        let (server, settings) = try Self.server { _ in .hang }
        try await withBench(settings) { bench in
            var endpoint = try Self.endpoint("acme.shop")
            endpoint.client.timeout = .milliseconds(200)
            let observation = await bench.observe(endpoint)
            #expect(observation.isConnected && observation.isTimedOut && observation.errors.count == 1)
        }
        #expect(Self.lookups(server).count == 1)
    }

    @Test(arguments: [
        ("www.example.com", ["example.com"]), ("www.com", ["www.com"]), ("EXAMPLE.com", ["example.com"]),
        ("a.b.c.d.example.co.uk", ["d.example.co.uk", "example.co.uk", "co.uk"]), ("com", []), ("", []),
        ("10.0.0.1", []), ("::1", []), ("db.prod.internal", []), ("shop.test", []),
        ("xn--bcher-kva.de.", ["xn--bcher-kva.de"]),
    ])
    func candidatesLongestFirst(host: String, candidates: [String]) {
        #expect(RDAPRegistry.candidates(for: host) == candidates)
    }
}
