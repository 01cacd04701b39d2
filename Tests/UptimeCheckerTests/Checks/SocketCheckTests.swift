import Glibc
import TestSupport
import Testing

@testable import Transport
@testable import UptimeChecker

@Suite struct SocketCheckTests {
    @Test func tcpConnects() async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.tcp(host: "localhost", port: server.port)))
        }
        #expect(observation.isConnected && observation.errors == [] && observation.body == [])
        #expect(observation.ip == "127.0.0.1")
        #expect(observation.responseTime > .zero)
    }

    @Test func tcpSendsTheBodyAndReadsTheFirstPart() async throws {
        let server = try ScriptedServer(connection: { connection in
            let question = try connection.read()
            try connection.send(Array("you are ".utf8) + question)
        })
        let observation = try await CheckBench.run {
            await $0.observe(
                try .of(.tcp(host: "127.0.0.1", port: server.port)) { $0.body = "[LOCAL_ADDRESS] of [ENDPOINT_NAME]" })
        }
        let answer = String(decoding: observation.body, as: UTF8.self)
        #expect(observation.isConnected)
        #expect(answer.hasPrefix("you are 127.0.0.1:") && answer.hasSuffix(" of test"), "\(answer)")
    }

    @Test func tcpWithoutAnAnswerIsNotConnected() async throws {
        let server = try ScriptedServer(connection: { _ = try $0.read() })
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.tcp(host: "127.0.0.1", port: server.port)) { $0.body = "hello" })
        }
        #expect(!observation.isConnected)
        #expect(observation.errors == ["the server closed the connection without an answer"])
    }

    @Test func aClosedPortIsReported() async throws {
        let server = try ScriptedServer(connection: { _ in })
        server.stop()
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.tcp(host: "127.0.0.1", port: server.port)))
        }
        #expect(!observation.isConnected && observation.errors.count == 1)
        #expect(observation.errors[0].contains("Connection refused"))
    }

    @Test func udpIsConnectedWithoutABody() async throws {
        let observation = try await CheckBench.run { await $0.observe(try .of(.udp(host: "127.0.0.1", port: 9))) }
        #expect(observation.isConnected && observation.errors == [])
    }

    @Test func udpWaitsForAnAnswerToItsBody() async throws {
        let server = try NameServer { _ in .bytes { Array("pong".utf8) + $0.suffix(4) } }
        let silent = try NameServer { _ in .silence }
        // A question that the server takes for one: a header, one label, type and class.
        let body = String(repeating: "\0", count: 12) + "\u{1}a\0\0\u{1}\0\u{1}"
        try await CheckBench.run { bench in
            let answered = await bench.observe(
                try .of(.udp(host: "127.0.0.1", port: server.port)) { $0.body = body })
            #expect(answered.isConnected && answered.body == Array("pong\0\u{1}\0\u{1}".utf8))
            let unanswered = await bench.observe(
                try .of(.udp(host: "127.0.0.1", port: silent.port)) {
                    $0.body = body
                    $0.client.timeout = .milliseconds(100)
                })
            #expect(!unanswered.isConnected && unanswered.isTimedOut && unanswered.errors.count == 1)
            silent.stop()
            let refused = await bench.observe(
                try .of(.udp(host: "127.0.0.1", port: silent.port)) { $0.body = body })
            #expect(!refused.isConnected && !refused.isTimedOut && refused.errors.count == 1)
        }
    }

    @Test func icmpMeasuresOrNamesTheMissingPermission() async throws {
        let observation = try await CheckBench.run { await $0.observe(try .of(.icmp(host: "127.0.0.1"))) }
        if observation.isConnected {
            #expect(observation.errors == [] && observation.responseTime > .zero)
        } else {
            #expect(observation.errors.count == 1 && observation.errors[0].contains("CAP_NET_RAW"))
        }
        #expect(observation.ip == "127.0.0.1")
    }

    @Test func sshReadsTheBanner() async throws {
        let server = try ScriptedServer(connection: { connection in
            try connection.send("maintenance on sunday\r\nSSH-2.0-OpenSSH_9.6\r\n")
            try connection.waitForClose()
        })
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.ssh(host: "127.0.0.1", port: server.port)))
        }
        #expect(observation.isConnected && observation.status == 0 && observation.errors == [])
        #expect(observation.body == Array("SSH-2.0-OpenSSH_9.6".utf8))
    }

    @Test(arguments: ["220 mail.test\r\n", "", String(repeating: "x", count: 100_000)])
    func aServerWithoutABannerIsReported(banner: String) async throws {
        let server = try ScriptedServer(connection: { try $0.send(banner) })
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.ssh(host: "127.0.0.1", port: server.port)))
        }
        #expect(!observation.isConnected && observation.status == 1 && observation.errors.count == 1)
    }

    @Test func dnsObservesCodeAndLastRecord() async throws {
        let server = try NameServer(["www.test": .addresses(["192.0.2.1", "192.0.2.2"]), "broken.test": .failure(2)])
        try await CheckBench.run { bench in
            func ask(_ name: String) async throws -> Observation {
                let question = DNSQuestion(name: name, type: "A")
                return await bench.observe(
                    try .of(.dns(host: "127.0.0.1", port: server.port, question: question), "[DNS_RCODE] == NOERROR"))
            }
            let found = try await ask("www.test.")
            #expect(found.isConnected && found.dnsResponseCode == "NOERROR" && found.errors == [])
            #expect(found.body == Array("192.0.2.2".utf8))
            #expect(try await ask("no.test.").dnsResponseCode == "NXDOMAIN")
            #expect(try await ask("broken.test.").dnsResponseCode == "SERVFAIL")
        }
    }

    @Test func textRecordsAreJoinedByLines() {
        func record(_ type: DNSRecordType, _ text: String) -> DNSAnswer.Record {
            .init(name: "a.test.", type: type, timeToLive: 1, text: text)
        }
        let mixed = DNSAnswer(code: "NOERROR", records: [record(.cname, "b.test."), record(.a, "192.0.2.1")])
        #expect(mixed.bodyText == "192.0.2.1")
        let texts = DNSAnswer(code: "NOERROR", records: [record(.txt, "one"), record(.txt, "two")])
        #expect(texts.bodyText == "one\ntwo")
        #expect(DNSAnswer(code: "NXDOMAIN").bodyText == "")
    }

    /// With a name server that does not answer, and one that answers with an error.
    @Test func namesThatAreNotFoundAreReported() async throws {
        let silent = try NameServer { _ in .silence }
        let refusing = try NameServer { _ in .failure(3) }
        try await CheckBench.run { bench in
            for (port, timesOut) in [(silent.port, true), (refusing.port, false)] {
                let observation = await bench.observe(
                    try .of(.tcp(host: "shop.test", port: 80)) {
                        $0.client.nameServer = .init(network: .udp, host: "127.0.0.1", port: port)
                        $0.client.timeout = .milliseconds(300)
                    })
                #expect(observation.errors.count == 1 && observation.isTimedOut == timesOut)
                #expect(observation.errors[0].contains("shop.test"))
            }
        }
    }
}
