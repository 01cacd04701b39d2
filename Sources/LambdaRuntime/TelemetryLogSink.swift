import FunctionRuntime
import JSON
import Logging

/// Writes log lines as frames to the descriptor that Lambda gives for them.
///
/// A frame is one entry, whatever it holds: type, length and microseconds since 1970 (all big-endian), then the text.
struct TelemetryLogSink: LogSink {
    let descriptor: Int32

    func write(_ line: LogLine) {
        DescriptorLogSink.writeAll(Self.frame(line), to: descriptor)
    }

    static func frame(_ line: LogLine) -> [UInt8] {
        let format: UInt32 = line.format == .json ? 0xA55A_0002 : 0xA55A_0003
        let level: UInt32 =
            switch line.level {
            case .trace: 1
            case .debug: 2
            case .info, .notice: 3
            case .warning: 4
            case .error: 5
            case .critical: 6
            }
        return bigEndian(format | level << 2) + bigEndian(UInt32(clamping: line.bytes.count))
            + bigEndian(line.time.microseconds) + line.bytes
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
