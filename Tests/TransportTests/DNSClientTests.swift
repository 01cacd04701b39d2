import Basics
import TestSupport
import Testing

@testable import Transport

@Suite struct DNSClientTests {
    typealias Garbage = NameResolverGarbageTests.Garbage

    private func query(
        _ server: NameServer, _ type: DNSRecordType = .a, network: DNSClient.Network = .udp,
        timeout: Duration = .seconds(30)
    ) async throws -> DNSAnswer {
        let address = try server.address
        return try await withLoop {
            try await DNSClient(loop: $0).query("www.test", type, server: address, network: network, timeout: timeout)
        }
    }

    private func failure(
        _ server: NameServer, network: DNSClient.Network = .udp, timeout: Duration = .seconds(30)
    ) async throws -> TransportError {
        let error = await #expect(throws: TransportError.self) {
            try await query(server, network: network, timeout: timeout)
        }
        let address = try server.address
        #expect(error?.host == address.description)
        return try #require(error)
    }

    /// A record for the question's name, after the question.
    static func record(_ query: [UInt8], _ type: DNSRecordType, _ data: [UInt8]) -> [UInt8] {
        query.prefix(2) + [0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + query.dropFirst(12)
            + [0xC0, 12] + [type.rawValue, 1, 0, 60, UInt16(data.count)].bigEndianBytes + data
    }

    @Test("a whole exchange is repeated by TCP when the answer is truncated, unless that is not wanted")
    func truncatedExchanges() async throws {
        let server = try NameServer { _ in .truncated(["192.0.2.1"]) }
        let address = try server.address
        try await withLoop { loop in
            let client = DNSClient(loop: loop)
            let whole = try await client.exchange(DNSExchange("www.test", .a), server: address)
            #expect(whole.plain.records.map(\.text) == ["192.0.2.1"] && !whole.isTruncated)
            let cut = try await client.exchange(DNSExchange("www.test", .a), server: address, repeatsTruncated: false)
            #expect(cut.answer.isEmpty && cut.isTruncated)
        }
        #expect(server.questions.map(\.isTCP) == [false, true, false])
    }

    // MARK: Answers

    /// `mail.test.` by a label and a pointer to the `test` of the question, which begins at 12 with `www`.
    static let mail: [UInt8] = [4] + Array("mail".utf8) + [0xC0, 16]

    @Test(
        arguments: [
            (.a, [192, 0, 2, 1], "192.0.2.1"),
            (.aaaa, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
            (.cname, mail, "mail.test."), (.ns, mail, "mail.test."), (.ptr, mail, "mail.test."), (.cname, [0], "."),
            (.mx, [0, 10] + mail, "mail.test."), (.srv, [0, 1, 0, 2, 0x1F, 0x90] + mail, "mail.test.:8080"),
            (.txt, [5] + Array("v=one".utf8) + [0] + [3] + Array("two".utf8), "v=onetwo"), (.txt, [0], ""),
            (
                .soa, mail + [1, 97, 0] + [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
                "mail.test. a. 1 2 3 4 5"
            ),
            (.caa, [0, 5] + Array("issueca.test".utf8), "0 issue \"ca.test\""),
            (DNSRecordType(rawValue: 65), [1, 0xAB], "\\# 2 01ab"),
            (.cname, [3, 97, 46, 0x20, 0], "a\\.\\032."),
        ] as [(DNSRecordType, [UInt8], String)])
    func readsRecords(type: DNSRecordType, data: [UInt8], text: String) async throws {
        let server = try NameServer { _ in .bytes { Self.record($0, type, data) } }
        let answer = try await query(server, type)
        #expect(answer.code == "NOERROR" && answer.isAuthoritative)
        #expect(answer.records == [DNSAnswer.Record(name: "www.test.", type: type, timeToLive: 60, text: text)])
        #expect(server.questions.map(\.type) == [type.rawValue] && server.questions.allSatisfy { !$0.isTCP })
    }

    @Test(arguments: [
        (0, "NOERROR"), (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"),
        (10, "NOTZONE"), (11, "RCODE11"), (15, "RCODE15"),
    ])
    func anyCodeIsAnAnswer(number: UInt8, name: String) async throws {
        let server = try NameServer { _ in .failure(number) }
        for network in [DNSClient.Network.udp, .tcp] {
            let answer = try await query(server, network: network)
            #expect(answer.code == name && answer.records.isEmpty)
        }
    }

    @Test(arguments: [DNSClient.Network.udp, .tcp]) func acceptsAFailureWithoutTheQuestion(
        network: DNSClient.Network
    ) async throws {
        let server = try NameServer { _ in .bytes { $0.prefix(2) + [0x80, 0x81, 0, 0, 0, 0, 0, 0, 0, 0] } }
        #expect(try await query(server, network: network) == DNSAnswer(code: "FORMERR"))
    }

    @Test func keepsTheOrder() async throws {
        let server = try NameServer(["www.test": .addresses(["192.0.2.2", "192.0.2.1", "192.0.2.3"])])
        #expect(try await query(server).records.map(\.text) == ["192.0.2.2", "192.0.2.1", "192.0.2.3"])
    }

    @Test func usesTCPWhenTruncatedOrRequested() async throws {
        let server = try NameServer { _ in .truncated(["192.0.2.1"]) }
        #expect(try await query(server).records.map(\.text) == ["192.0.2.1"])
        #expect(server.questions.map(\.isTCP) == [false, true])
        #expect(try await query(server, network: .tcp).records.map(\.text) == ["192.0.2.1"])
        #expect(server.questions.map(\.isTCP) == [false, true, true])
    }

    @Test func asksAgainWhenAQuestionIsLost() async throws {
        let asked = Counter()
        let server = try NameServer { _ in asked.add() == 1 ? .silence : .addresses(["192.0.2.1"]) }
        #expect(try await query(server, timeout: .milliseconds(700)).records.map(\.text) == ["192.0.2.1"])
    }

    // MARK: Failures

    @Test(arguments: [DNSClient.Network.udp, .tcp]) func silenceTimesOut(network: DNSClient.Network) async throws {
        let server = try NameServer { _ in .silence }
        let error = try await failure(server, network: network, timeout: .milliseconds(100))
        #expect(error.code == .timedOut)
        let address = try server.address
        #expect(error.message == "the name server \(address) did not answer within 100 ms")
        // On a busy machine the time may be over before the last question.
        #expect((1...(network == .udp ? 3 : 1)).contains(server.questions.count))
    }

    @Test(arguments: [(DNSClient.Network.udp, TransportError.Code.connectionClosed), (.tcp, .connectFailed)])
    func failsAtOnceWhenNoServerListens(network: DNSClient.Network, code: TransportError.Code) async throws {
        let server = try NameServer([:])
        server.stop()
        let error = try await failure(server, network: network)
        #expect(error.code == code)
        #expect(error.message.hasSuffix("Connection refused"))
    }

    static let strangers = [
        Garbage("another number") { [$0[0] ^ 0xFF] + $0.dropFirst() }, Garbage("the question itself") { $0 },
        Garbage("success without the question") { $0.prefix(2) + [0x80, 0x80, 0, 0, 0, 0, 0, 0, 0, 0] },
        Garbage("nothing") { _ in [] },
        Garbage("noise") { _ in [UInt8](repeating: 0xA5, count: 512) },
        Garbage("another question") { Self.record($0[..<13] + [$0[13] ^ 1] + $0[14...], .a, [192, 0, 2, 1]) },
    ]

    @Test(arguments: strangers)
    func ignoresMessagesThatDoNotAnswerTheQuestion(stranger: Garbage) async throws {
        let server = try NameServer { _ in .bytes(stranger.make) }
        #expect(try await failure(server, timeout: .milliseconds(50)).code == .timedOut)
        let code = try await failure(server, network: .tcp).code
        #expect(code == .malformedResponse)
    }

    static let malformed = [
        Garbage("a record that is missing") { $0.prefix(2) + [0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + $0.dropFirst(12) },
        Garbage("a name that points to itself") { Self.record($0, .cname, [0xC0, UInt8($0.count + 12)]) },
        Garbage("a name that points forwards") { Self.record($0, .cname, [0xC0, UInt8($0.count + 14), 0]) },
        Garbage("a name that points outside") { Self.record($0, .cname, [0xFF, 0xFF]) },
        Garbage("two names that point at each other") { Self.record($0, .cname, [1, 97, 0xC0, UInt8($0.count + 12)]) },
        Garbage("a reserved label") { Self.record($0, .cname, [0x80, 0]) },
        Garbage("an address of no length") { Self.record($0, .a, []) },
        Garbage("a record that is cut off") { Self.record($0, .a, [192, 0, 2, 1]).dropLast() },
        Garbage("text longer than its record") { Self.record($0, .txt, [9, 97]) },
        Garbage("a name longer than its record") { Self.record($0, .mx, [0, 1, 3, 97]) },
        Garbage("a tag longer than its record") { Self.record($0, .caa, [0, 200, 97]) },
    ]

    @Test(arguments: malformed)
    func malformedAnswersAreErrors(garbage: Garbage) async throws {
        let server = try NameServer { _ in .bytes(garbage.make) }
        let error = try await failure(server)
        #expect(error.code == .malformedResponse)
        #expect(error.message.hasPrefix("the name server's answer cannot be understood: "))
    }

    /// Valid answers with a few bytes changed give an answer or an error, and never crash.
    @Test func damagedAnswersNeverCrash() throws {
        let question = try DNSQuery("www.test", .soa, id: 7)
        let soa = Self.mail + [1, 97, 0] + [UInt8](repeating: 9, count: 20)
        let answer = Self.record(question.message, .soa, soa)
        var generator = SystemRandomNumberGenerator()
        var understood = 0
        for _ in 0..<100_000 {
            var damaged = answer
            for _ in 0..<3 { damaged[.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0...255) }
            damaged.removeLast(.random(in: 0...3))
            guard question.isAnswered(by: damaged) else { continue }
            understood += (try? question.answer(in: damaged)) == nil ? 0 : 1
        }
        #expect(understood > 0)
    }

    // MARK: Names and types

    @Test(
        arguments: [
            ("a.test", [1, 97, 4, 116, 101, 115, 116, 0]), ("a.", [1, 97, 0]), (".", [0]),
            (String(repeating: "a", count: 63), [63] + [UInt8](repeating: 97, count: 63) + [0]),
            ("_x-1", [4, 95, 120, 45, 49, 0]),
        ] as [(String, [UInt8])])
    func encodesNames(name: String, bytes: [UInt8]) throws {
        #expect(
            try DNSQuery(name, .a, id: 0x1234).message == [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes + [
                0, 1, 0, 1,
            ])
    }

    @Test(arguments: [
        "", "a..b", ".a", "..", "a b", "é.test", "a\0", String(repeating: "a", count: 64),
        String(repeating: "abcdefg.", count: 32),
    ])
    func refusesInvalidNames(name: String) {
        let error = #expect(throws: TransportError.self) { try DNSQuery(name, .a, id: 0) }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: [
        ("A", 1), ("aaaa", 28), ("CAA", 257), ("TYPE65", 65), ("X", nil), ("TYPE", nil), ("TYPE70000", nil),
    ])
    func readsTypes(name: String, number: UInt16?) {
        #expect(DNSRecordType(name)?.rawValue == number)
        if let type = DNSRecordType(name) { #expect(DNSRecordType(type.description) == type) }
    }
}
