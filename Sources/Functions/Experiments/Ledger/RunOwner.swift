import Basics
import Glibc
import Synchronization

/// Who executes a run: a process of this machine, or something that outlives processes, such as a durable execution.
public struct RunOwner: Sendable, Hashable {
    /// Whether the owner can still act.
    enum Liveness {
        /// It is there.
        case alive
        /// It is gone, for certain.
        case gone
        /// Only the end of its lease tells.
        case unknown
    }

    /// What leases have as their holder; two owners never have the same.
    public let name: String

    /// An owner that several processes are in turn, such as the ARN of a durable execution.
    public init(name: String) { self.name = name }

    /// This process, in a form by which others on the same machine can see whether it still runs:
    /// `process <boot id> <pid namespace> <pid> <start> <number>`.
    ///
    /// Each call makes another owner: a recovery must not take the runs of its own process for its own.
    public static func process() -> RunOwner {
        let (pid, number) = (getpid(), count.add(1, ordering: .relaxed).newValue)
        return RunOwner(name: "process \(machine()) \(pid) \(start(of: pid) ?? "?") \(number)")
    }

    private static let count = Atomic(0)

    /// Looks whether the owner with a name is still there.
    static func liveness(of name: String) -> Liveness {
        let prefix = "process \(machine()) "
        guard name.hasPrefix(prefix) else { return .unknown }
        let parts = name.dropFirst(prefix.count).split(separator: " ")
        guard parts.count == 3, let pid = Int32(parts[0]), parts[1] != "?" else { return .unknown }
        // The start tells a process from a later one with the same number.
        if let start = start(of: pid) { return start == parts[1] ? .alive : .gone }
        return access("/proc/self/stat", R_OK) == 0 ? .gone : .unknown
    }

    /// The boot of the machine and the namespace of its process numbers: a number means something in these two only.
    private static func machine() -> String {
        let boot = text("/proc/sys/kernel/random/boot_id")?.trimmingWhitespace ?? "?"
        var link = [CChar](repeating: 0, count: 64)
        let length = max(0, readlink("/proc/self/ns/pid", &link, link.count))
        return "\(boot) \(String(decoding: link[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }

    /// When a process started, in clock ticks since the boot; nil when it is not there or only waits to be reaped.
    private static func start(of pid: Int32) -> String? {
        // `pid (name) state ppid …`; the name may contain spaces and parentheses. Field 22 is the start.
        guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].dropFirst().split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }

    private static func text(_ path: String) -> String? {
        (try? contents(ofFile: path, limit: 65_536)).map { String(decoding: $0, as: UTF8.self) }
    }
}
