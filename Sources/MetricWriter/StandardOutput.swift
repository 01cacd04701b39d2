import FunctionRuntime
import Glibc

/// Writes all the bytes; unlike a log line, a metric must not get lost unnoticed.
/// - Throws: `MetricWriterError` with the code `notWritten`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    let error = DescriptorLogSink.writeAll(bytes, to: descriptor)
    guard error == 0 else {
        throw MetricWriterError(.notWritten, "standard output takes no metrics: \(String(cString: strerror(error)))")
    }
}
