import Basics
import Foundation
import TestSupport
import Testing
import Transport

extension NameServer {
    var address: SocketAddress {
        get throws { try #require(SocketAddress(ip: "127.0.0.1", port: port)) }
    }
}

@Suite struct NameResolverTests {
    private static let fromHostsFile: String? = {
        let lines = (try? String(contentsOfFile: "/etc/hosts", encoding: .utf8))?.split(separator: "\n") ?? []
        let names = lines.filter { !$0.hasPrefix("#") }.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst() }
        return names.map(String.init).first { !$0.hasPrefix("#") && !$0.hasSuffix("localhost") }
    }()

    private func addresses(
        of host: String, _ servers: NameServer..., timeout: Duration = .seconds(30)
    ) async throws -> [SocketAddress] {
        let servers = try servers.map { try $0.address }
        return try await withLoop {
            try await NameResolver(loop: $0, servers: servers).addresses(of: host, port: 80, timeout: timeout)
        }
    }

    private func failure(
        of host: String, _ server: NameServer, timeout: Duration = .seconds(30)
    ) async throws -> TransportError {
        let error = await #expect(throws: TransportError.self) {
            try await addresses(of: host, server, timeout: timeout)
        }
        return try #require(error)
    }

    // MARK: Answers

    @Test(arguments: [
        ["192.0.2.1"], ["2001:db8::1"], ["192.0.2.1", "2001:db8::1"],
        ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"],
    ])
    func findsAllAddresses(expected: [String]) async throws {
        let server = try NameServer(["www.example.test": .addresses(expected)])
        let found = try await addresses(of: "www.example.test", server)
        #expect(found.map(\.ip).sorted() == expected)
        #expect(found.allSatisfy { $0.port == 80 })
        #expect(Set(server.questions.map(\.name)) == ["www.example.test"])
        #expect(server.questions.map(\.type).sorted() == [1, 28])
    }

    @Test func asksOverTCPWhenTheAnswerIsTruncated() async throws {
        let server = try NameServer(["large.test": .truncated(["192.0.2.1", "2001:db8::1"])])
        let found = try await addresses(of: "large.test", server)
        #expect(found.map(\.ip).sorted() == ["192.0.2.1", "2001:db8::1"])
        #expect(server.questions.filter(\.isTCP).map(\.type).sorted() == [1, 28])
    }

    @Test(arguments: [
        ("192.0.2.7", ["192.0.2.7:80"]), ("::1", ["[::1]:80"]), ("localhost", ["127.0.0.1:80", "[::1]:80"]),
        ("app.localhost", ["127.0.0.1:80", "[::1]:80"]),
    ])
    func needsNoLookUpForLiteralsAndLocalhost(host: String, expected: [String]) async throws {
        let server = try NameServer { _ in .addresses(["192.0.2.1"]) }
        #expect(try await addresses(of: host, server).map(\.description) == expected)
        #expect(server.questions.isEmpty)
    }

    @Test(.enabled(if: fromHostsFile != nil, "/etc/hosts names nothing but localhost"))
    func readsTheHostsFileFirst() async throws {
        let server = try NameServer { _ in .addresses(["192.0.2.1"]) }
        let found = try await addresses(of: #require(Self.fromHostsFile), server)
        #expect(!found.map(\.ip).contains("192.0.2.1"))
        #expect(server.questions.isEmpty)
    }

    @Test func keepsConcurrentLookUpsApart() async throws {
        let server = try NameServer { question in
            .addresses(["192.0.2.\(question.name.prefix { $0 != "." })"])
        }
        let servers = [try server.address]
        let found = try await withLoop { loop in
            try await withThrowingTaskGroup(of: (Int, [SocketAddress]).self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let resolver = NameResolver(loop: loop, servers: servers)
                        return (number, try await resolver.addresses(of: "\(number).test", port: 80))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        #expect(found.count == 100)
        #expect(found.allSatisfy { number, addresses in addresses.map(\.ip) == ["192.0.2.\(number)"] })
    }

    @Test func aThousandNamesAtOnceAreNotTooMany() async throws {
        let server = try NameServer { _ in .addresses(["192.0.2.1"]) }
        let hosts = (0..<1000).map { "\($0).test" }
        #expect(try Self.lookUpAtOnce(hosts, server) == 1000)
        #expect(server.questions.count == 1000, "no answer gets lost")
    }

    @Test func theSameNameAtTheSameTimeIsAskedForOnce() async throws {
        let server = try NameServer { _ in .addresses(["192.0.2.1"]) }
        #expect(try Self.lookUpAtOnce(Array(repeating: "www.test", count: 20), server) == 20)
        #expect(server.questions.count == 1)
    }

    /// Looks names up in tasks that have all begun before the loop reads the first answer; the number of addresses.
    private static func lookUpAtOnce(_ hosts: [String], _ server: NameServer) throws -> Int {
        let servers = [try server.address]
        return try EventLoop.run { loop in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for host in hosts {
                    group.addTask {
                        try await NameResolver(loop: loop, servers: servers)
                            .addresses(of: host, port: 80, family: .ipv4, timeout: .seconds(60)).count
                    }
                }
                return try await group.reduce(0, +)
            }
        }
    }

    // MARK: Failures

    @Test(arguments: [
        (NameServer.Answer.failure(3), "Domain name not found"),
        (.addresses([]), "DNS server returned answer with no data"),
        (.failure(1), "DNS server claims query was misformatted"),
        (.failure(2), "the name servers fail, refuse or cannot be reached"),
        (.failure(5), "the name servers fail, refuse or cannot be reached"),
    ])
    func saysWhyThereIsNoAddress(answer: NameServer.Answer, reason: String) async throws {
        let server = try NameServer { _ in answer }
        let error = try await failure(of: "www.test", server)
        #expect(error.code == .nameNotResolved)
        #expect(error.phase == .nameLookup)
        #expect(error.host == "www.test")
        #expect(error.message == "the name www.test cannot be resolved: \(reason)")
    }

    /// The system may tell of the refused question when c-ares sends the next one, and c-ares then waits for the first.
    @Test func failsWhenNoNameServerListens() async throws {
        let server = try NameServer([:])
        server.stop()
        let error = try await failure(of: "www.test", server, timeout: .milliseconds(200))
        #expect([.nameNotResolved, .timedOut].contains(error.code), "\(error)")
        #expect(error.phase == .nameLookup)
        #expect(error.host == "www.test")
        #expect(server.questions.isEmpty)
    }

    @Test func usesTheNextServerWhenTheFirstDoesNotListen() async throws {
        let first = try NameServer([:])
        first.stop()
        let second = try NameServer(["www.test": .addresses(["192.0.2.1"])])
        #expect(try await addresses(of: "www.test", first, second, timeout: .seconds(4)).map(\.ip) == ["192.0.2.1"])
        #expect(first.questions.isEmpty)
    }

    @Test(arguments: ["", "a\0b", "a..b", String(repeating: "a", count: 64) + ".test"])
    func refusesInvalidNames(host: String) async throws {
        let server = try NameServer { _ in .addresses(["192.0.2.1"]) }
        #expect(try await failure(of: host, server).code == .nameNotResolved)
        #expect(server.questions.isEmpty)
    }

    // MARK: Silence

    @Test func timesOutWithABoundedNumberOfQuestions() async throws {
        let server = try NameServer { _ in .silence }
        let error = try await failure(of: "silent.test", server, timeout: .milliseconds(200))
        #expect(error.code == .timedOut)
        #expect(error.phase == .nameLookup)
        #expect(error.host == "silent.test")
        #expect(error.message == "looking up silent.test timed out: no name server answered within 200 ms")
        #expect((1...6).contains(server.questions.count), "three times at most, for two types")
    }

    @Test func asksAgainWhenAQuestionIsLost() async throws {
        let asked = Locked<Set<NameServer.Question>>([])
        let server = try NameServer { question in
            asked.withLock { $0.insert(question).inserted } ? .silence : .addresses(["192.0.2.1"])
        }
        #expect(try await addresses(of: "lossy.test", server, timeout: .seconds(4)).map(\.ip) == ["192.0.2.1"])
    }

    @Test(arguments: [NameServer.Answer.silence, .failure(2), .failure(5)])
    func usesTheNextServerAfterAFailure(answer: NameServer.Answer) async throws {
        let first = try NameServer { _ in answer }
        let second = try NameServer(["www.test": .addresses(["192.0.2.1"])])
        #expect(try await addresses(of: "www.test", first, second, timeout: .seconds(4)).map(\.ip) == ["192.0.2.1"])
        #expect(!first.questions.isEmpty)
    }

    @Test func oneAddressFamilyIsEnough() async throws {
        let server = try NameServer { $0.type == 1 ? .addresses(["192.0.2.1"]) : .silence }
        #expect(try await addresses(of: "half.test", server, timeout: .seconds(4)).map(\.ip) == ["192.0.2.1"])
    }

    // MARK: Cancellation

    @Test func cancelledBeforeTheStartItSendsNoQuestion() async throws {
        let server = try NameServer { _ in .silence }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await addresses(of: "silent.test", server)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.questions.isEmpty)
    }

    @Test func cancelledWhileItWaits() async throws {
        let asked = Gate()
        let server = try NameServer { _ in
            asked.open()
            return .silence
        }
        let task = Task { try await addresses(of: "silent.test", server, timeout: .seconds(600)) }
        #expect(await asked.opened())
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
