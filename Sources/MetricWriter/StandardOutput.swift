import FunctionRuntime
import Glibc

/// Writes all the bytes; unlike a log line, a metric must not get lost unnoticed.
/// - Throws: `MetricWriterError` with the code `notWritten`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, 1_000)
        } else if errno != EINTR {
            let reason = String(cString: strerror(errno))
            throw MetricWriterError(.notWritten, "standard output takes no metrics: \(reason)")
        }
    }
}
