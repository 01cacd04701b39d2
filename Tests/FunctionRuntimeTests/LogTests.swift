import Basics
import FunctionRuntime
import Glibc
import JSON
import Logging
import Synchronization
import Testing

@Suite("logging")
struct LogTests {
    final class Capture: LogSink {
        let lines = Mutex<[String]>([])
        func write(_ line: LogLine) { lines.withLock { $0.append(String(decoding: line.bytes, as: UTF8.self)) } }
    }
    struct Broken: ReportableError, CustomStringConvertible {
        let errorType = "TopicMissing"
        let stackTrace = ["first", "second"]
        let description = "no topic"
    }

    private func log(_ format: LogFormat, level: Logger.Level = .info, _ body: (Logger) -> Void) -> [String] {
        let capture = Capture()
        let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_123)
        let logger = Logger(label: "test") { _ in
            FunctionLogHandler(format: format, level: level, sink: capture, now: { time })
        }
        let context = InvocationContext(requestID: "id-1", deadline: time, tenantID: "blue", logger: logger)
        InvocationContext.$current.withValue(context) { body(logger) }
        return capture.lines.withLock { $0 }
    }

    @Test("text lines: time, request id, level, message, sorted metadata, error")
    func text() {
        let lines = log(.text) { logger in
            logger.info("sent", metadata: ["topic": "a", "count": "3"])
            logger.debug("hidden")
            logger.error("failed", error: Broken())
        }
        #expect(
            lines == [
                "2023-11-14T22:13:20.123Z id-1 [INFO] sent count=3 topic=a",
                "2023-11-14T22:13:20.123Z id-1 [ERROR] failed error=Function.TopicMissing: no topic\n    at first\n    at second",
            ])
    }

    @Test("JSON lines: one object each, numbers stay numbers")
    func json() {
        let lines = log(.json) { logger in
            var logger = logger
            logger[metadataKey: "base"] = "b"
            logger.warning(
                "two\nlines",
                metadata: [
                    "n": .stringConvertible(3), "d": .stringConvertible(0.5), "f": .stringConvertible(true),
                    "deep": ["k": ["v", .stringConvertible(Duration.seconds(1))]],
                ])
            logger.critical("failed", error: Broken())
        }
        let start = #"{"timestamp":"2023-11-14T22:13:20.123Z","level":"#
        #expect(
            lines == [
                start + #""WARN","requestId":"id-1","tenantId":"blue","message":"two\nlines","metadata":"#
                    + #"{"base":"b","d":0.5,"deep":{"k":["v","1.0 seconds"]},"f":true,"n":3}}"#,
                start
                    + #""FATAL","requestId":"id-1","tenantId":"blue","message":"failed","errorType":"Function.TopicMissing","#
                    + #""errorMessage":"no topic","stackTrace":["first","second"],"metadata":{"base":"b"}}"#,
            ])
    }

    @Test("outside of an invocation there is no request id")
    func outside() {
        let capture = Capture()
        Logger(label: "test") { _ in FunctionLogHandler(format: .text, sink: capture) }.notice("up")
        #expect(capture.lines.withLock { $0[0].hasSuffix(" - [INFO] up") })
    }

    @Test(
        "level names",
        arguments: [
            ("trace", Logger.Level.trace), ("INFO", .info), ("Warn", .warning), ("FATAL", .critical), ("x", nil),
            ("notice", .notice), ("WARNING", .warning), ("critical", .critical), ("", nil),
        ])
    func levels(name: String, level: Logger.Level?) {
        #expect(Logger.Level(platformName: name) == level)
    }

    @Test("a descriptor gets one line per entry, whatever is inside, however slowly it is read")
    func descriptor() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let (reader, writer) = (ends[0], ends[1])
        let long = [UInt8](repeating: 0x61, count: 300_000)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Box(writer, Array("a\nb".utf8) + long))
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                let line = LogLine(bytes: box.bytes, format: .text, level: .info, time: Timestamp(microseconds: 0))
                DescriptorLogSink(descriptor: box.descriptor).write(line)
                close(box.descriptor)
                return nil
            }, argument.toOpaque())
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 10_000)
        while case let count = read(reader, &buffer, buffer.count), count > 0 { received += buffer[..<count] }
        pthread_join(thread, nil)
        close(reader)
        #expect(received == Array("a\rb".utf8) + long + Array("\n".utf8))
    }

    final class Box: Sendable {
        let descriptor: Int32
        let bytes: [UInt8]
        init(_ descriptor: Int32, _ bytes: [UInt8]) { (self.descriptor, self.bytes) = (descriptor, bytes) }
    }
}
