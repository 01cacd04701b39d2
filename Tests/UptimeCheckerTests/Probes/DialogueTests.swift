import Basics
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// Conversations with servers that say too much, or repeat what they were told.
@Suite(.timeLimit(.minutes(1))) struct DialogueTests {
    @Test(
        "a server that never stops is left, and another check has its answer meanwhile",
        arguments: ["\n", "no greeting\n", "no line break "])
    func endless(text: String) async throws {
        let block = Array(String(repeating: text, count: 16_384).utf8)
        let chatty = try ScriptedServer(connection: { connection in
            while true { try connection.send(block) }
        })
        let other = try ScriptedServer { _ in .http(200) }
        try await CheckBench.run { bench in
            let endless = try #require(
                try endpoint("url: 'tcp://\(chatty.authority)', steps: [{expect: '^220 '}], client: {timeout: 30s}"))
            async let first = bench.observe(endless)
            #expect(await bench.observe(try .of(.http(url: other.url))).errors == [])
            let observation = await first
            #expect(!observation.isTimedOut)
            let expected = text.hasSuffix("\n") ? "step 1: the server sent 256 KiB without a line" : "65536 bytes"
            #expect(observation.errors.first?.contains(expected) == true, "\(observation.errors)")
        }
    }

    @Test("lines and bytes that come in pieces, one behind the other")
    func pieces() async throws {
        let server = try ScriptedServer(connection: { connection in
            for piece in ["22", "0 a\r", "\n250-b\n250 c\r\nraw", "bytes", "last"] { try connection.send(piece) }
        })
        let steps = "[{expect: '^220 a$$'}, {expect: '^250 c$$'}, {expect-bytes: rawbytes}, {expect: '^last$$'}]"
        try await CheckBench.run { bench in
            let endpoint = try #require(try endpoint("url: 'tcp://\(server.authority)', steps: \(steps)"))
            #expect(await bench.observe(endpoint).errors == [])
        }
    }

    @Test("what a step sends is in no message, capture or trace, although the server repeats it")
    func whatIsSentIsSecret() async throws {
        let server = try ScriptedServer(connection: { connection in
            try connection.send("220 hello\r\n")
            let line = String(decoding: try connection.read(), as: UTF8.self)
            try connection.send("500 unknown command: \(line)501 no user \(line.split(separator: " ")[1])\r\n")
            try connection.waitForClose()
        })
        var settings = CheckerSettings()
        settings.traces = true
        try await CheckBench.run(settings: settings) { bench in
            for last in ["^250", "^501 (.*)$$"] {
                let steps =
                    "[{expect: '^220 (.*)', send: \"PASS $${1}-hunter2 very-secret s3c\\r\"}, "
                    + "{expect: '\(last)'\(last == "^250" ? "" : ", labels: {l: '$${1}'}")}]"
                let endpoint = try #require(
                    try endpoint("url: 'tcp://\(server.authority)', steps: \(steps), client: {timeout: 300ms}"))
                let observation = await bench.observe(endpoint)
                let texts = observation.errors + observation.trace + observation.captures.map(\.value)
                for secret in ["hunter2", "very-secret", "s3c", "unter", "ery-sec"] {
                    #expect(!texts.contains { $0.contains(secret) }, "\(secret): \(texts)")
                }
                #expect(texts.contains { $0.contains("unknown command: PASS") }, "the command is none: \(texts)")
            }
        }
    }
}
