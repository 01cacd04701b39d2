import Glibc

/// Processes by their number.
enum LiveProcess {
    /// Whether it runs; one that has ended and waits to be reaped does not.
    static func isRunning(_ pid: Int32) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 4_096)
        guard fgets(&bytes, 4_096, file) != nil else { return false }
        let text = String(decoding: bytes.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return false }
        return !text[end...].hasPrefix(") Z")
    }

    /// Waits until it has ended; false when it still runs after a minute.
    static func hasEnded(_ pid: Int32) async throws -> Bool {
        for _ in 0..<6_000 where isRunning(pid) { try await Task.sleep(for: .milliseconds(10)) }
        return !isRunning(pid)
    }

    static func kill(_ pid: Int32) { _ = Glibc.kill(pid, SIGKILL) }
}
