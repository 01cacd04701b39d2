import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Testing
import Transport

@testable import LambdaRuntime

@Suite("parts without a network")
struct PureTests {
    private static func parse(_ text: String, piece: Int) throws -> ResponseParser {
        var parser = ResponseParser()
        var waiting: [UInt8] = []
        for byte in Array(text.utf8).chunks(of: piece) {
            waiting += byte
            let used = try waiting.withUnsafeBytes { try parser.consume($0) }
            waiting.removeFirst(used)
        }
        return parser
    }

    @Test("a response may come in pieces of any size", arguments: 1...60)
    func pieces(piece: Int) throws {
        let chunked =
            "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0B\r\nde fgh ijkl\r\n0\r\nT: x\r\n\r\n"
        let sized = "HTTP/1.1 200 OK\r\nContent-Length:   14 \r\nx-EMPTY:\r\n\r\nabcde fgh ijkl"
        for text in [chunked, sized] {
            let response = try #require(try Self.parse(text, piece: piece).response)
            #expect(response.body == Array("abcde fgh ijkl".utf8))
            #expect(response.head.status == 200)
            #expect(response.head["x-empty"] == nil)
        }
    }

    @Test("a body of unstated length ends with the connection")
    func untilEnd() throws {
        var parser = try Self.parse("HTTP/1.0 200 OK\r\n\r\nabc", piece: 7)
        #expect(parser.response == nil)
        parser.end()
        #expect(parser.response?.body == Array("abc".utf8))
        #expect(parser.response?.head.closesConnection == true)
    }

    @Test(
        "no response",
        arguments: [
            "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\r\n\r\n",
            "HTTP/1.1 200 OK\r\nnocolon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n",
        ])
    func malformed(text: String) {
        #expect(throws: LambdaRuntimeError.self) { try Self.parse(text, piece: 1_000) }
    }

    @Test("random bytes never crash the parser")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            _ = try? Self.parse(String(decoding: bytes, as: UTF8.self), piece: .random(in: 1...80, using: &random))
        }
    }

    @Test(
        "telemetry frames",
        arguments: [
            (LogFormat.text, Logger.Level.trace, UInt8(0x07)), (.json, .debug, 0x0A), (.text, .info, 0x0F),
            (.text, .notice, 0x0F), (.json, .warning, 0x12), (.text, .error, 0x17), (.json, .critical, 0x1A),
        ])
    func frame(format: LogFormat, level: Logger.Level, last: UInt8) {
        let line = LogLine(
            bytes: Array("a\nb".utf8), format: format, level: level,
            time: Timestamp(microseconds: 0x0102_0304_0506_0708)
        )
        #expect(
            TelemetryLogSink.frame(line)
                == [0xA5, 0x5A, 0x00, last, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8] + Array("a\nb".utf8))
    }

    @Test(
        "the X-Ray cause is bounded, ASCII, and valid JSON",
        arguments: ["short", "é\u{7F}\0\"\\ 😀", String(repeating: "😀", count: 9_000)])
    func xray(message: String) throws {
        let cause = ErrorReport(type: "Function.Some", message: message, stackTrace: ["a", "b"]).xrayCause
        #expect(cause.utf8.count < 32 * 1_024)
        #expect(cause.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        let exception = try #require(try JSONValue(parsing: cause)["exceptions"]?[0])
        #expect(exception["message"]?.stringValue == ErrorReport.prefix(of: message, bytes: 2_000))
        #expect(exception["stack"]?[1]?["label"] == "b")
    }

    @Test("settings from the environment")
    func settings() throws {
        let plain = try RuntimeSettings(Environment(["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"]))
        #expect(plain.concurrency == 1 && plain.logFormat == .text && plain.logLevel == .info)
        #expect(plain.telemetryDescriptor == nil)
        let managed = try RuntimeSettings(
            Environment([
                "AWS_LAMBDA_RUNTIME_API": "localhost:9001", "AWS_LAMBDA_MAX_CONCURRENCY": "8",
                "AWS_LAMBDA_LOG_FORMAT": "text", "AWS_LAMBDA_LOG_LEVEL": "debug", "_LAMBDA_TELEMETRY_LOG_FD": "3",
            ]))
        #expect(managed.concurrency == 8 && managed.logFormat == .json && managed.logLevel == .debug)
        #expect(managed.telemetryDescriptor == 3)
        #expect(managed.address.description == "127.0.0.1:9001")
    }

    @Test(
        "LOG_LEVEL sets the level where Lambda sets none; names as bunyan, Lambda and swift-log know them, any other is info",
        arguments: [
            ("trace", nil, .trace), ("debug", nil, .debug), ("INFO", nil, .info), ("warn", nil, .warning),
            ("error", nil, .error), ("fatal", nil, .critical), ("notice", nil, .notice), ("warning", nil, .warning),
            ("Critical", nil, .critical), ("loud", nil, .info), ("", nil, .info),
            ("debug", "ERROR", .error),
        ] as [(String, String?, Logger.Level)])
    func logLevel(own: String, platform: String?, level: Logger.Level) throws {
        var variables = ["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "LOG_LEVEL": own]
        variables["AWS_LAMBDA_LOG_LEVEL"] = platform
        #expect(try RuntimeSettings(Environment(variables)).logLevel == level)
    }

    @Test("log formats in any case", arguments: ["JSON", "json", "Json"])
    func jsonFormat(format: String) throws {
        let environment = Environment(["AWS_LAMBDA_RUNTIME_API": "[::1]:1", "AWS_LAMBDA_LOG_FORMAT": format])
        #expect(try RuntimeSettings(environment).logFormat == .json)
    }

    @Test("no Runtime API", arguments: ["", "127.0.0.1", "127.0.0.1:", "name:80", "127.0.0.1:99999"])
    func noAPI(value: String) {
        #expect(throws: LambdaRuntimeError.self) {
            try RuntimeSettings(Environment(["AWS_LAMBDA_RUNTIME_API": value]))
        }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
